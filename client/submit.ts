import type { Client } from '@temporalio/client';
import { taskWorkflowId } from '../schemas/names.ts';
import type { TaskSpecInput } from '../schemas/task.ts';
import type { TaskState } from '../schemas/task-state.ts';
import { loadSkills } from '../workers/skills.ts';
import { ColibriError } from './errors.ts';
import { recordedState } from './recorded-state.ts';
import { SkillDirectory } from './skill-directory.ts';
import { prepareTask, startTask } from './start-task.ts';
import { withSkill } from './with-skill.ts';

/**
 * What a submission answers. `state` is `queued` until the task itself has looked at the fleet. `existing`: a task with
 * this key was there already and nothing was started; the rest is of that task.
 */
export interface Submitted {
  id: string;
  workflowId: string;
  runId: string;
  state: TaskState;
  route: string;
  existing: boolean;
}

/**
 * Checks a task and starts its workflow. With a key that was used before it finds that task instead. Throws `invalid`
 * naming each field, `not-found` naming the nearest skill, `refused` when the id was used before.
 */
export async function submitTask(
  client: Client,
  input: TaskSpecInput,
  options: { id?: string } = {},
  skills: SkillDirectory = new SkillDirectory(client, loadSkills),
): Promise<Submitted> {
  const task = await withSkill(prepareTask(input, options), skills);
  const { id, route } = task;
  const workflowId = taskWorkflowId(id);
  const started = await startTask(client, task);
  if (started !== null) return { id, workflowId, runId: started.runId, state: 'queued', route, existing: false };
  if (task.spec.key === undefined) {
    throw new ColibriError(
      'refused',
      `a task with the id "${id}" was submitted before`,
      'leave the id out, or choose another',
    );
  }
  const found = await client.workflow.getHandle(workflowId).describe();
  return { id, workflowId, runId: found.runId, state: recordedState(found), route, existing: true };
}
