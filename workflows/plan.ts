import {
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { PlanCarried } from '../schemas/plan-state.ts';
import type { PlanCounts, PlanState } from '../schemas/plan-view.ts';
import type { CancelNote } from '../schemas/task.ts';
import { cancelNote, planCarried, planView } from './messages.ts';
import { planDetails } from './plan-details.ts';
import { PlanRecord } from './plan-record.ts';
import { PlanTasks } from './plan-tasks.ts';
import { readSignal } from './read-message.ts';
import { InvalidInput, readCancelNote, readPlan, readPlanCarried } from './rules.ts';

/** Type of the failure of a plan some of whose tasks did not come to be done. */
export const PLAN_FAILED = 'plan-failed';

export interface PlanResult {
  counts: PlanCounts;
}

/**
 * A plan: starts each of its tasks when all that it needs is done. Input: a plan as `readPlan` takes it, which may come from
 * anyone who can start a workflow, and what an earlier run handed on. Returns when all tasks are done; fails with type
 * `plan-failed` when some are not; when cancelled, cancels its tasks and ends after them.
 */
export async function plan(input: unknown, carried?: PlanCarried): Promise<PlanResult> {
  const info = workflowInfo();
  const record = open(input, carried, info.startTime.getTime());
  const ended: { state: PlanState; at: number | null } = { state: 'running', at: null };
  let note: CancelNote | undefined;
  setHandler(planCarried, () => record.carry());
  setHandler(planView, () => {
    const { workflowId, runId } = info;
    return record.view({
      workflowId,
      runId,
      state: ended.state,
      endedAt: ended.at,
      summary: summary(record, ended.state),
    });
  });
  setHandler(cancelNote, (given) => {
    note = readSignal(readCancelNote, given, cancelNote.name) ?? note;
  });

  const tasks = new PlanTasks(record, () => setCurrentDetails(planDetails(record)));
  const end = (state: PlanState) => {
    ended.state = state;
    ended.at = Date.now();
    // Lists read the memo: a plan that has ended need not be asked.
    upsertMemo({ counts: record.counts() });
  };
  try {
    await run(record, tasks);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    const reason = note ?? { reason: 'cancelled', by: 'operator' };
    await CancellationScope.nonCancellable(async () => {
      record.stop(`the plan was cancelled: ${reason.reason} (by ${reason.by})`, Date.now());
      await tasks.cancelAll({ ...reason, reason: `its plan was cancelled: ${reason.reason}` });
      await condition(allHandlersFinished);
    });
    end('cancelled');
    throw error;
  }
  if (!record.isOver) {
    await condition(allHandlersFinished);
    return continueAsNew<typeof plan>(input, record.carry());
  }
  await condition(allHandlersFinished);
  const counts = record.counts();
  const isDone = counts.done === record.plan.tasks.size;
  end(isDone ? 'done' : 'failed');
  if (isDone) return { counts };
  throw ApplicationFailure.create({
    type: PLAN_FAILED,
    message: summary(record, 'failed'),
    nonRetryable: true,
    details: [{ counts }],
  });
}

function open(input: unknown, carried: PlanCarried | undefined, now: number): PlanRecord {
  try {
    const state =
      carried === undefined ? { startedAt: now, round: 1, stopped: null, tasks: {} } : readPlanCarried(carried);
    return new PlanRecord(readPlan(input), state);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw ApplicationFailure.create({ type: 'invalid', message: error.message, nonRetryable: true });
  }
}

/** Until all tasks have ended, or the history is long: then when no start is under way. */
async function run(record: PlanRecord, tasks: PlanTasks): Promise<void> {
  const isLong = () => workflowInfo().continueAsNewSuggested;
  tasks.adopt();
  let cancelled = false;
  while (!record.isOver) {
    if (record.stopped !== null && record.plan.cancelRunning && !cancelled) {
      cancelled = true;
      tasks.askToCancel({ reason: record.stopped, by: 'its plan' });
    }
    if (isLong()) {
      // All that were started must be known by their run before they are handed on.
      await condition(() => tasks.starting === 0);
      return;
    }
    tasks.startReady();
    const seen = tasks.changes;
    await condition(() => tasks.changes !== seen || isLong());
  }
}

function summary(record: PlanRecord, state: PlanState): string {
  const { done, failed, cancelled, skipped } = record.counts();
  const total = record.plan.tasks.size;
  if (state === 'done') return `all ${total} tasks are done`;
  const parts = [`${done} of ${total} tasks done`];
  if (failed > 0) parts.push(`${failed} failed`);
  if (cancelled > 0) parts.push(`${cancelled} cancelled`);
  if (skipped > 0) parts.push(`${skipped} skipped`);
  if (record.stopped === null) return parts.join(', ');
  return `${parts.join(', ')}; ${state === 'cancelled' ? '' : 'stopped, because '}${record.stopped}`;
}
