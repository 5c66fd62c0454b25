import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { CONTROL_QUEUE, planIdOf, planWorkflowId } from '../schemas/names.ts';
import { InvalidInput } from '../schemas/parse.ts';
import { type Plan, type PlanSpecInput, readPlan } from '../schemas/plan.ts';
import { retried } from '../schemas/plan-state.ts';
import { cancelNote, planCarried } from '../workflows/messages.ts';
import { inAnyRun, untilEnded } from './any-run.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { type FoundWorkflow, findPlan } from './find-workflow.ts';
import { runInput } from './run-input.ts';
import { type PlanNow, showPlan } from './show-plan.ts';
import type { SkillDirectory } from './skill-directory.ts';
import { prepareTask } from './start-task.ts';
import { checkTaskId, newTaskId } from './task-id.ts';
import { withSkill } from './with-skill.ts';

/** What a submission of a plan answers. */
export interface SubmittedPlan {
  id: string;
  workflowId: string;
  runId: string;
  tasks: number;
}

/** Checks a plan and starts its workflow. Throws `invalid` naming each field, `refused` when the id was used before. */
export async function submitPlan(
  client: Client,
  input: PlanSpecInput,
  options: { id?: string },
  skills: SkillDirectory,
): Promise<SubmittedPlan> {
  const plan = checkPlan(input);
  const id = options.id ?? newTaskId();
  checkTaskId(id);
  await checkSkills(plan, skills);
  try {
    const handle = await client.workflow.start('plan', {
      ...startOptions(id, plan),
      args: [input],
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
    });
    return { id, workflowId: handle.workflowId, runId: handle.firstExecutionRunId, tasks: plan.tasks.size };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new ColibriError(
      'refused',
      `a plan with the id "${id}" was submitted before`,
      'leave the id out, or choose another',
    );
  }
}

/** Runs again what of a plan did not come to be done. Refused while it runs, and when all is done. */
export async function retryPlan(client: Client, id: string): Promise<SubmittedPlan> {
  const found = await findPlan(client, id);
  const before = await showPlan(client, id);
  if (before.state === 'running') throw new ColibriError('refused', `the plan "${id}" runs`, 'cancel it first');
  if (before.state === 'done') throw new ColibriError('refused', `the plan "${id}" is done already`);
  if (before.tasks.length === 0)
    throw new ColibriError('refused', `the plan "${id}" was never begun: ${before.summary}`);
  const handle = client.workflow.getHandle(found.workflowId, found.description.runId);
  const [carried, input] = [await askWorkflow(() => handle.query(planCarried)), await inputOf(client, found)];
  const plan = checkPlan(input as PlanSpecInput);
  try {
    const started = await client.workflow.start('plan', {
      ...startOptions(planIdOf(found.workflowId), plan),
      workflowId: found.workflowId,
      args: [input, retried(carried)],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE_FAILED_ONLY',
      workflowIdConflictPolicy: 'FAIL',
    });
    return { id, workflowId: found.workflowId, runId: started.firstExecutionRunId, tasks: plan.tasks.size };
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new ColibriError('refused', `the plan "${id}" runs already, or is done`);
  }
}

/** Asks a plan to end: its tasks are cancelled and their agents ended before it says `cancelled`. Refused once it has ended. */
export async function cancelPlan(
  client: Client,
  id: string,
  options: { reason?: string; by?: string } = {},
): Promise<PlanNow> {
  const handle = inAnyRun(client, await findPlan(client, id));
  const view = await showPlan(client, id);
  if (view.state !== 'running') throw new ColibriError('refused', `the plan "${id}" is ${view.state} already`);
  const note = { reason: options.reason ?? 'cancelled', by: options.by ?? 'operator' };
  await handle.signal(cancelNote, note).catch(() => undefined);
  await handle.cancel();
  return view;
}

/** Waits until a plan has ended, however long that takes, and shows it. */
export async function waitForPlan(client: Client, id: string): Promise<PlanNow> {
  await untilEnded(client, await findPlan(client, id));
  return showPlan(client, id);
}

function startOptions(id: string, plan: Plan) {
  const name = plan.name ?? id;
  return {
    workflowId: planWorkflowId(id),
    taskQueue: CONTROL_QUEUE,
    staticSummary: name,
    memo: { name, total: plan.tasks.size },
  };
}

/** Checks a plan. Throws `invalid`, which tells line by line what is wrong: it may be much. */
export function checkPlan(input: PlanSpecInput): Plan {
  try {
    return readPlan(input);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    const lines = error.issues.map(({ field, message }) => (field === '' ? message : `${field}: ${message}`));
    const message = lines.length > 1 ? `the plan is not valid:\n${lines.join('\n')}` : error.message;
    throw new ColibriError('invalid', message, undefined, { cause: error });
  }
}

/** A skill that is missing is said now, with the task that names it: not when its turn comes. */
async function checkSkills(plan: Plan, skills: SkillDirectory): Promise<void> {
  for (const [name, { spec }] of plan.tasks) {
    if (spec.skill === undefined) continue;
    try {
      await withSkill(prepareTask(spec), skills);
    } catch (error) {
      if (!(error instanceof ColibriError)) throw error;
      throw new ColibriError(error.code, `tasks.${name}: ${error.message}`, error.hint, { cause: error });
    }
  }
}

async function inputOf(client: Client, { workflowId, description }: FoundWorkflow): Promise<unknown> {
  const [input] = await runInput(client, { workflowId, runId: description.runId });
  return input;
}
