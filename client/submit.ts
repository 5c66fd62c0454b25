import { randomBytes } from 'node:crypto';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { CONTROL_QUEUE, taskWorkflowId } from '../schemas/names.ts';
import { InvalidInput, parseOrThrow } from '../schemas/parse.ts';
import { routeQueue } from '../schemas/route.ts';
import {
  ColibriProject,
  ColibriRequires,
  ColibriRoute,
  ColibriState,
  fitKeywords,
} from '../schemas/search-attributes.ts';
import { TaskSpec, type TaskSpecInput, taskName } from '../schemas/task.ts';
import { ColibriError } from './errors.ts';

/** What a submission answers. `state` is `queued` until the task itself has looked at the fleet. */
export interface Submitted {
  id: string;
  workflowId: string;
  runId: string;
  state: 'queued';
  route: string;
}

/** Ids people can read aloud and type: no vowels, no look-alikes. 8 of 27 characters. */
const ID_ALPHABET = 'bcdfghjkmnpqrstvwxz23456789';
const ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/;

/** Checks a task and starts its workflow. Throws `invalid` naming each field, `refused` when the id was used before. */
export async function submitTask(
  client: Client,
  input: TaskSpecInput,
  options: { id?: string } = {},
): Promise<Submitted> {
  const spec = checkSpec(input);
  const id = options.id ?? newTaskId();
  if (!ID_PATTERN.test(id)) {
    throw new ColibriError(
      'invalid',
      `id: "${id}" has other characters than letters, digits, . _ - or is longer than 100`,
    );
  }
  const route = routeQueue(spec.requires);
  const name = taskName(spec);
  try {
    const handle = await client.workflow.start('task', {
      workflowId: taskWorkflowId(id),
      taskQueue: CONTROL_QUEUE,
      args: [input],
      // An id names one task for ever: its transcripts and branches carry it.
      workflowIdReusePolicy: 'REJECT_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      staticSummary: name,
      memo: { name },
      priority: { priorityKey: spec.priority },
      typedSearchAttributes: [
        { key: ColibriState, value: 'queued' },
        { key: ColibriRoute, value: route },
        { key: ColibriRequires, value: fitKeywords(spec.requires) },
        ...(spec.project === undefined ? [] : [{ key: ColibriProject, value: spec.project }]),
      ],
    });
    return { id, workflowId: handle.workflowId, runId: handle.firstExecutionRunId, state: 'queued', route };
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      throw new ColibriError(
        'refused',
        `a task with the id "${id}" was submitted before`,
        'leave the id out, or choose another',
      );
    }
    throw error;
  }
}

function checkSpec(input: TaskSpecInput): TaskSpec {
  try {
    return parseOrThrow(TaskSpec, input, 'the task is not valid');
  } catch (error) {
    if (error instanceof InvalidInput) throw new ColibriError('invalid', error.message, undefined, { cause: error });
    throw error;
  }
}

function newTaskId(): string {
  return [...randomBytes(8)].map((byte) => ID_ALPHABET[byte % ID_ALPHABET.length]).join('');
}
