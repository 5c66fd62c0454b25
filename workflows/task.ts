import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  log,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertMemo,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { FailureCode } from '../schemas/failures.ts';
import {
  ColibriAgent,
  ColibriHost,
  ColibriProject,
  ColibriRequires,
  ColibriRoute,
  ColibriState,
  fitKeywords,
} from '../schemas/search-attributes.ts';
import type { AttemptResult, CancelNote, TaskSpec } from '../schemas/task.ts';
import { runAttempt, UNREADABLE_RESULT } from './attempt.ts';
import { cancelNote, claimed, taskView } from './messages.ts';
import { readSignal } from './read-message.ts';
import { FAILURES, InvalidInput, isTerminal, readCancelNote, readClaim, readTaskSpec } from './rules.ts';
import { taskDetails } from './task-details.ts';
import { TaskRecord } from './task-record.ts';
import { upsertChanged } from './upsert-changed.ts';

const { findRoute } = proxyLocalActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '1m' },
  // A longer wait is a timer: tasks that wait for a fleet in trouble leave their worker's slots to those that run.
  localRetryThreshold: '1s',
});

/**
 * One task, from submission to its end. Input: a TaskSpec, which may come from anyone who can start a workflow.
 * Returns the successful attempt; fails with the failure's code as its type; is cancelled as Temporal cancels.
 */
export async function task(input: unknown): Promise<AttemptResult> {
  const info = workflowInfo();
  const record = new TaskRecord({
    workflowId: info.workflowId,
    runId: info.runId,
    startedAt: info.startTime.getTime(),
  });
  let note: CancelNote | undefined;
  const publish = () => {
    setCurrentDetails(taskDetails(record.view));
    const { view } = record;
    upsertChanged([
      { key: ColibriState, value: view.state },
      ...(view.host === null ? [] : [{ key: ColibriHost, value: view.host }]),
      ...(view.agent === null ? [] : [{ key: ColibriAgent, value: view.agent }]),
    ]);
  };

  setHandler(taskView, () => record.view);
  setHandler(claimed, (given) => {
    const claim = readSignal(readClaim, given, claimed.name);
    if (claim === undefined) return;
    if (record.claim(claim, Date.now())) publish();
    else log.warn('late claim ignored', { attempt: claim.attempt, host: claim.host });
  });
  setHandler(cancelNote, (given) => {
    note = readSignal(readCancelNote, given, cancelNote.name) ?? note;
  });

  try {
    const spec = readTaskSpec(input);
    record.describe(spec);
    // Lists show memos. Our own client gives the name along; one started raw has none yet.
    if (info.memo?.name === undefined) upsertMemo({ name: record.view.name });
    return await attempts(spec, record, publish);
  } catch (error) {
    if (isTerminal(record.view.state)) throw error;
    if (isCancellation(error)) {
      const reason = note ? `${note.reason} (by ${note.by})` : 'cancelled';
      record.end('cancelled', Date.now(), reason, { code: 'cancelled', message: reason });
      publish();
      throw error;
    }
    if (error instanceof ApplicationFailure && error.type === UNREADABLE_RESULT) {
      throw fail(record, publish, 'agent-error', error.message);
    }
    if (error instanceof InvalidInput) throw fail(record, publish, 'invalid', error.message);
    // A local activity's failure comes as it was thrown, a host's within an ActivityFailure.
    const cause = error instanceof ActivityFailure ? error.cause : error;
    if (cause instanceof ApplicationFailure && cause.type === 'invalid') {
      throw fail(record, publish, 'invalid', cause.message);
    }
    // A worker that is none of ours refused for good; the record must not go on saying that the task runs.
    if (error instanceof ActivityFailure) throw fail(record, publish, 'host-lost', reasonOf(error));
    throw error;
  }
}

function reasonOf(error: ActivityFailure): string {
  return `the attempt was given up: ${error.cause?.message ?? error.message}`;
}

/** Runs attempts until one succeeds, or no more may follow. */
async function attempts(spec: TaskSpec, record: TaskRecord, publish: () => void): Promise<AttemptResult> {
  let counted = 0;
  for (;;) {
    const route = await findRoute({ requires: spec.requires, skill: spec.skill ?? null });
    const leaseMs = spec.lease ?? route.leaseMs;
    record.wait({ ...route, leaseMs }, Date.now());
    setCurrentDetails(taskDetails(record.view));
    upsertChanged([
      { key: ColibriState, value: record.view.state },
      { key: ColibriRoute, value: route.queue },
      { key: ColibriRequires, value: fitKeywords(route.requires) },
      ...(spec.project === undefined ? [] : [{ key: ColibriProject, value: spec.project }]),
    ]);

    const result = await runAttempt(spec, record, { queue: route.queue, requires: route.requires, leaseMs });
    record.returned(result, Date.now());
    if (result.outcome === 'succeeded') {
      record.end('done', Date.now(), result.summary);
      publish();
      return result;
    }
    if (result.outcome === 'cancelled') throw new CancelledFailure(result.summary);

    const code: FailureCode = result.outcome === 'timeout' ? 'timeout' : 'agent-error';
    if (FAILURES[code].counted) counted += 1;
    if (counted >= spec.maxAttempts) throw fail(record, publish, code, result.summary);
    record.again(Date.now(), `${result.summary}; attempt ${counted} of ${spec.maxAttempts} failed, trying again`);
    publish();
    await sleep(spec.retryDelay);
  }
}

function fail(record: TaskRecord, publish: () => void, code: FailureCode, message: string): ApplicationFailure {
  record.end('failed', Date.now(), message, { code, message });
  publish();
  return ApplicationFailure.create({ message, type: code, nonRetryable: true, details: [record.view.result] });
}
