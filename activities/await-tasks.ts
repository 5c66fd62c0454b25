import { setMaxListeners } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure, type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { jsonBytes } from '../schemas/needs.ts';
import type { TaskEnd } from '../schemas/plan-state.ts';
import { endOfFailure, endOfResult } from '../workflows/task-end.ts';
import type { AwaitedTask, EndedTask } from './control-activities.ts';

const BEAT_EVERY_MS = 5_000;
/** When one has ended, others may be about to: they are told together. */
const GATHER_MS = 300;
/** The server takes a result of up to 2 MB. */
const MAX_ANSWER_BYTES = 1_000_000;

/**
 * Waits until one of these tasks has ended; tells of all that have by then, as far as one answer has room. To be called within
 * an activity.
 */
export async function awaitTasks(client: Client, tasks: readonly AwaitedTask[]): Promise<EndedTask[]> {
  const context = Context.current();
  const left = new AbortController();
  const signal = AbortSignal.any([left.signal, context.cancellationSignal]);
  // One for each task, and no leak.
  setMaxListeners(0, signal);
  const beat = setInterval(() => context.heartbeat(), BEAT_EVERY_MS);
  const ended: EndedTask[] = [];
  try {
    context.heartbeat();
    await client.withAbortSignal(signal, async () => {
      const waits = tasks.map(async (each) => ended.push({ name: each.name, end: await endOf(client, each) }));
      // Those that are left behind end with the signal.
      for (const wait of waits) wait.catch(() => undefined);
      await Promise.race(waits);
      await sleep(GATHER_MS);
    });
    return fitting(ended);
  } catch (error) {
    // A worker that stops: another goes on waiting.
    if (context.cancellationSignal.aborted && !context.cancellationDetails?.cancelRequested) {
      throw ApplicationFailure.retryable('its worker is stopping', 'WorkerStopping');
    }
    throw error;
  } finally {
    clearInterval(beat);
    left.abort();
  }
}

async function endOf(client: Client, { workflowId, runId }: AwaitedTask): Promise<TaskEnd> {
  try {
    return endOfResult(await client.workflow.getHandle(workflowId, runId).result());
  } catch (error) {
    if (error instanceof WorkflowFailedError) return endOfFailure(error.cause);
    if (error instanceof WorkflowNotFoundError) {
      return { state: 'failed', summary: 'its workflow is not to be found any more', result: null };
    }
    throw error;
  }
}

function fitting(ended: readonly EndedTask[]): EndedTask[] {
  let bytes = 0;
  const count = ended.findIndex((each) => {
    bytes += jsonBytes(each);
    return bytes > MAX_ANSWER_BYTES;
  });
  return count === -1 ? [...ended] : ended.slice(0, Math.max(1, count));
}
