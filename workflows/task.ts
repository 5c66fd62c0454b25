import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  isCancellation,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { AttemptResult } from '../schemas/attempt.ts';
import type { CancelNote } from '../schemas/task.ts';
import { cancelNote, taskView } from './messages.ts';
import { UNREADABLE_RESULT } from './offer.ts';
import { publish } from './publish-task.ts';
import { readSignal } from './read-message.ts';
import { InvalidInput, isTerminal, readCancelNote, readCarried, readTaskSpec } from './rules.ts';
import { failed } from './task-endings.ts';
import { TaskRecord } from './task-record.ts';
import { hearRequests } from './task-requests.ts';
import { TaskRun } from './task-run.ts';

/**
 * One task, from submission to its end. Input: a TaskSpec, which may come from anyone who can start a workflow; `carried`
 * is what a run before this one hands over. Returns the successful attempt; fails with the failure's code as its type; is
 * cancelled as Temporal cancels.
 */
export async function task(input: unknown, carried?: unknown): Promise<AttemptResult> {
  const info = workflowInfo();
  const before = carried === undefined ? undefined : readCarried(carried);
  const record = new TaskRecord(
    { workflowId: info.workflowId, runId: info.runId, startedAt: info.startTime.getTime() },
    before?.view,
  );
  let note: CancelNote | undefined;
  let run: TaskRun | undefined;

  setHandler(taskView, () => record.view);
  setHandler(cancelNote, (given) => {
    note = readSignal(readCancelNote, given, cancelNote.name) ?? note;
  });

  try {
    const spec = readTaskSpec(input);
    record.describe(spec, before !== undefined);
    // Lists show memos. Our own client gives the name along; one started raw has none yet.
    if (info.memo?.name === undefined) upsertMemo({ name: record.view.name });
    run = new TaskRun(spec, record, before);
    hearRequests(run);
    if (spec.totalTimeout !== undefined) expireAfter(spec.totalTimeout, run);
    return await run.toEnd(input);
  } catch (error) {
    throw ended(error, record, note);
  } finally {
    await CancellationScope.nonCancellable(async () => {
      await run?.close();
      // Whoever asked last is told that the task has ended.
      await condition(() => run?.desk.calls !== true && allHandlersFinished());
      // One of them may have been given a place meanwhile.
      await run?.close();
    });
  }
}

/** The record is made to say how it ended, and the error with which the workflow is to end is given back. */
function ended(error: unknown, record: TaskRecord, note: CancelNote | undefined): unknown {
  if (isTerminal(record.view.state)) return error;
  if (isCancellation(error)) {
    const reason = note ? `${note.reason} (by ${note.by})` : 'cancelled';
    const failure = { code: 'cancelled' as const, message: reason };
    record.end('cancelled', Date.now(), reason, { failure, ...(note && { by: note.by }) });
    publish(record);
    return error;
  }
  if (error instanceof ApplicationFailure && error.type === UNREADABLE_RESULT) {
    return failed(record, 'agent-error', error.message);
  }
  if (error instanceof InvalidInput) return failed(record, 'invalid', error.message);
  // A local activity's failure comes as it was thrown, a host's within an ActivityFailure.
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === 'invalid') return failed(record, 'invalid', cause.message);
  // A worker that is none of ours refused for good; the record must not go on saying that the task runs.
  if (error instanceof ActivityFailure) return failed(record, 'host-lost', reasonOf(error));
  return error;
}

function reasonOf(error: ActivityFailure): string {
  return `the attempt was given up: ${error.cause?.message ?? error.message}`;
}

/**
 * The whole task, with all its waiting, may take only so long; runs before this one are counted. One that is tried anew
 * after its end begins anew.
 */
function expireAfter(totalTimeoutMs: number, run: TaskRun): void {
  const { record, desk } = run;
  const { history, submittedAt } = record.view;
  const ended = history.findLastIndex(({ state }) => isTerminal(state));
  const begun = ended === -1 ? submittedAt : (history[ended + 1]?.at ?? submittedAt);
  const left = Date.parse(begun) + totalTimeoutMs - Date.now();
  const stillOpen = () => {
    if (isTerminal(record.view.state)) throw new Error('it has ended');
  };
  sleep(Math.max(1, left)).then(
    () => desk.put(stillOpen, async () => run.fail('timeout', 'it took longer in all than its total timeout')),
    () => undefined,
  );
}
