import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { fairnessOf } from '../schemas/fairness.ts';
import { CONTROL_QUEUE, taskWorkflowId } from '../schemas/names.ts';
import { demandQueue } from '../schemas/route.ts';
import {
  ColibriName,
  ColibriPriority,
  ColibriProject,
  ColibriRequires,
  ColibriRoute,
  ColibriSkill,
  ColibriState,
  ColibriSubmitter,
  fitKeywords,
} from '../schemas/search-attributes.ts';
import { TaskSpec, type TaskSpecInput, taskName } from '../schemas/task.ts';
import { checkInput } from './check-input.ts';
import { ColibriError } from './errors.ts';
import { checkTaskId, newTaskId, taskIdOfKey } from './task-id.ts';

/** A task that has been checked and has its id, ready to be started. */
export interface PreparedTask {
  id: string;
  name: string;
  route: string;
  /** With those of its skill. */
  requires: string[];
  /** `name@digest` of its skill, when that is a registered one. */
  skillKey?: string;
  input: TaskSpecInput;
  spec: TaskSpec;
}

/** Checks a task and settles its id: the given one, the one of its key, or a new one. Throws `invalid` naming each field. */
export function prepareTask(input: TaskSpecInput, options: { id?: string } = {}): PreparedTask {
  const spec = checkInput(TaskSpec, input, 'the task is not valid');
  if (options.id !== undefined && spec.key !== undefined) {
    throw new ColibriError('invalid', 'id: a task with a key has the id of its key', 'leave out the id or the key');
  }
  const id = options.id ?? (spec.key === undefined ? newTaskId() : taskIdOfKey(spec.key));
  checkTaskId(id);
  return {
    id,
    name: taskName(spec),
    route: demandQueue({ tags: spec.requires, host: spec.host }),
    requires: spec.requires,
    input,
    spec,
  };
}

/**
 * Starts the task's workflow. Null when there was one of this id already: that is the server's word, so of many who start
 * it at once exactly one does.
 */
export async function startTask(client: Client, task: PreparedTask): Promise<{ runId: string } | null> {
  const { id, input } = task;
  try {
    const handle = await client.workflow.start('task', {
      workflowId: taskWorkflowId(id),
      taskQueue: CONTROL_QUEUE,
      args: [input],
      // An id names one task for ever: its transcripts and branches carry it.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      ...shownAs(task),
    });
    return { runId: handle.firstExecutionRunId };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}

/** How lists and Temporal's Web UI show a task from its first moment: its workflow need not write it again. */
export function shownAs({ name, route, requires, skillKey, spec }: Omit<PreparedTask, 'id' | 'input'>) {
  const share = fairnessOf({ project: spec.project ?? null, submitter: spec.submitter ?? null }, {});
  return {
    staticSummary: name,
    memo: { name },
    // The workflow's own steps are fair as well: else a flood would be first in line for the control worker. The weight is
    // the control worker's to know.
    priority: { priorityKey: spec.priority, ...(share && { fairnessKey: share.key }) },
    typedSearchAttributes: [
      { key: ColibriState, value: 'queued' },
      { key: ColibriRoute, value: route },
      { key: ColibriRequires, value: fitKeywords(requires) },
      { key: ColibriName, value: name },
      { key: ColibriPriority, value: spec.priority },
      ...(spec.submitter === undefined ? [] : [{ key: ColibriSubmitter, value: spec.submitter }]),
      ...(spec.project === undefined ? [] : [{ key: ColibriProject, value: spec.project }]),
      ...(skillKey === undefined ? [] : [{ key: ColibriSkill, value: skillKey }]),
    ],
  };
}
