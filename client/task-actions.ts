import {
  type Client,
  WorkflowExecutionAlreadyStartedError,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { carriedForRetry } from '../schemas/carried.ts';
import { CONTROL_QUEUE } from '../schemas/names.ts';
import { parseOrThrow } from '../schemas/parse.ts';
import { demandQueue } from '../schemas/route.ts';
import { TaskSpec } from '../schemas/task.ts';
import {
  AnswerRequest,
  type ClaimGrant,
  ClaimRequest,
  HandoffRequest,
  ProgressNote,
  RetryRequest,
  TransitionRequest,
} from '../schemas/task-requests.ts';
import { isTerminal } from '../schemas/task-state.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { answerTask, claimTask, handOffTask, progressTask, retryTask, transitionTask } from '../workflows/messages.ts';
import { inAnyRun } from './any-run.ts';
import { checkInput } from './check-input.ts';
import { ColibriError } from './errors.ts';
import { findTask } from './find-workflow.ts';
import { beginHold } from './hold.ts';
import { shownAs } from './start-task.ts';
import { taskInput } from './task-input.ts';
import { updateWorkflow } from './update.ts';

/** Who asks. `agent`: the agent outside that speaks of the attempt it holds; undefined for an operator. */
export interface Asker {
  by: string;
  agent?: string | undefined;
}

/** Takes a waiting task for an agent outside. Its heartbeats hold it from then on. */
export async function claimFor(client: Client, id: string, claimant: ClaimRequest): Promise<ClaimGrant> {
  const request = checkInput(ClaimRequest, claimant, 'the claim is not valid');
  const grant = await onTask(client, id, (handle) => handle.executeUpdate(claimTask, { args: [request] }));
  await beginHold(client, grant);
  return grant;
}

export interface Transition {
  to: TransitionRequest['to'];
  reason: string;
  /** The result, with `done`: any JSON value. */
  data?: TransitionRequest['data'];
}

export async function transition(client: Client, id: string, asks: Transition, asker: Asker): Promise<TaskView> {
  const request = checkInput(TransitionRequest, { ...asks, ...asker }, 'the transition is not valid');
  return onTask(client, id, (handle) => handle.executeUpdate(transitionTask, { args: [request] }));
}

export async function answer(client: Client, id: string, text: string, asker: Asker): Promise<TaskView> {
  const request = checkInput(AnswerRequest, { text, ...asker }, 'the answer is not valid');
  return onTask(client, id, (handle) => handle.executeUpdate(answerTask, { args: [request] }));
}

export interface HandoffInput {
  /** The agent that is to have it; nobody else may. */
  to?: string | undefined;
  /** Tags that it asks for from now on. */
  requires?: string[] | undefined;
  notes: string;
  branch?: string | undefined;
}

export async function handOff(client: Client, id: string, given: HandoffInput, asker: Asker): Promise<TaskView> {
  const request = checkInput(HandoffRequest, { ...given, ...asker }, 'the hand-over is not valid');
  return onTask(client, id, (handle) => handle.executeUpdate(handOffTask, { args: [request] }));
}

export async function noteProgress(
  client: Client,
  id: string,
  given: { text: string; percent?: number | undefined },
  asker: Asker,
): Promise<void> {
  const request = checkInput(ProgressNote, { ...given, ...asker }, 'the progress is not valid');
  await onTask(client, id, (handle) => handle.signal(progressTask, request));
}

/**
 * Tries a task anew: one that has failed or was cancelled goes on from its record in a new run, one that waits is tried at
 * once. `on`: the host that alone may run it from now on.
 */
export async function retry(
  client: Client,
  view: TaskView,
  asks: { on?: string | undefined },
  asker: Asker,
): Promise<void> {
  if (!isTerminal(view.state)) {
    const request = checkInput(RetryRequest, { ...asks, ...asker }, 'the retry is not valid');
    await onTask(client, view.id, (handle) => handle.executeUpdate(retryTask, { args: [request] }));
    return;
  }
  if (view.state === 'done') {
    throw new ColibriError('refused', `the task "${view.id}" is done`, 'submit it again to have it done once more');
  }
  const { workflowId, runId, id } = view;
  const { spec: given } = await taskInput(client, workflowId, runId);
  const spec = parseOrThrow(TaskSpec, given, `the task "${id}" was never valid`);
  const carried = carriedForRetry(view, asker.by, { at: new Date(), on: asks.on });
  try {
    await client.workflow.start('task', {
      workflowId,
      taskQueue: CONTROL_QUEUE,
      args: [given, carried],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      ...shownAs({
        name: view.name,
        route: demandQueue({ tags: view.requires, host: carried.view.pinnedTo }),
        requires: view.requires,
        spec,
      }),
    });
  } catch (error) {
    if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
    throw new ColibriError('refused', `somebody else has tried the task "${id}" anew just now`, undefined, {
      cause: error,
    });
  }
}

async function onTask<T>(client: Client, id: string, ask: (handle: WorkflowHandle) => Promise<T>): Promise<T> {
  const found = await findTask(client, id);
  const ended = () => new ColibriError('refused', `the task "${id}" has ended`, `see it: colibri task show ${id}`);
  if (found.description.status.name !== 'RUNNING') throw ended();
  try {
    return await updateWorkflow(() => ask(inAnyRun(client, found)));
  } catch (error) {
    throw error instanceof WorkflowNotFoundError ? ended() : error;
  }
}
