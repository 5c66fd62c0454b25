import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  isCancellation,
  log,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { FailureCode } from '../schemas/failures.ts';
import type { RunAgentInput } from '../schemas/host-activities.ts';
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
import { cancelNote, claimed, type HostActivities, taskView } from './messages.ts';
import { readSignal } from './read-message.ts';
import {
  FAILURES,
  hostQueue,
  InvalidInput,
  isTerminal,
  readAttemptResult,
  readCancelNote,
  readClaim,
  readTaskSpec,
  taskKeyOf,
} from './rules.ts';
import { taskDetails } from './task-details.ts';
import { TaskRecord } from './task-record.ts';
import { upsertChanged } from './upsert-changed.ts';

/** A task without a timeout may run for as long as Temporal can count. */
const NO_LIMIT_MS = 10 * 365 * 24 * 3_600_000;
/** What the host may need beyond the agent's own timeout to end it and say so. */
const ENDING_MARGIN_MS = 60_000;
/**
 * Wait before Temporal gives a lost attempt to another host. A lock delay: the lease's schedule has ended the old agent
 * well before, this covers a machine that was slow to do so. Not exponential, because declines count as tries there.
 */
const LOCK_DELAY = '3s';

const UNREADABLE_RESULT = 'UnreadableResult';

const { findRoute } = proxyLocalActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '10s' },
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

async function runAttempt(
  spec: TaskSpec,
  record: TaskRecord,
  route: { queue: string; requires: string[]; leaseMs: number },
): Promise<AttemptResult> {
  const info = workflowInfo();
  const { runAgent } = proxyActivities<HostActivities>({
    taskQueue: route.queue,
    summary: record.view.name,
    // The lease: a host that is silent for so long has lost the attempt.
    heartbeatTimeout: route.leaseMs,
    // The host ends the agent at its timeout and reports it; this one is for a host that fails to.
    startToCloseTimeout: spec.timeout === undefined ? NO_LIMIT_MS : spec.timeout + spec.grace + ENDING_MARGIN_MS,
    // The slot and the worktree are free only when the host says that the agent is gone.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    // Only what the infrastructure lost or declined is retried here, without limit; an agent's failure is a result.
    retry: { initialInterval: LOCK_DELAY, backoffCoefficient: 1 },
    priority: { priorityKey: spec.priority },
  });
  const input: RunAgentInput = {
    taskId: record.view.id,
    taskKey: taskKeyOf(info.workflowId, info.firstExecutionRunId),
    workflowId: info.workflowId,
    runId: info.runId,
    requires: route.requires,
    runtime: spec.runtime,
    command: spec.command,
    skill: spec.skill ?? null,
    shell: spec.shell,
    env: spec.env,
    cwd: spec.cwd ?? null,
    timeoutMs: spec.timeout ?? null,
    graceMs: spec.grace,
    attemptsBefore: record.view.attempt,
  };
  const stopNudging = nudgeOnCancel(record);
  try {
    return readResult(await runAgent(input));
  } catch (error) {
    const ended = cancelledResult(error);
    if (ended) record.returned(ended, Date.now());
    // The host was lost while it was to cancel: its lease is over, so nothing runs there any more.
    if (CancellationScope.current().consideredCancelled && error instanceof ActivityFailure) {
      throw new CancelledFailure('the host was lost before it could confirm');
    }
    throw error;
  } finally {
    stopNudging();
  }
}

/** A host learns of a cancellation with its next heartbeat; this makes it ask at once. Losing the nudge costs seconds. */
function nudgeOnCancel(record: TaskRecord): () => void {
  let active = true;
  void CancellationScope.current().cancelRequested.catch(() => {
    const { host, state, workflowId, runId } = record.view;
    if (!active || host === null || (state !== 'running' && state !== 'claimed')) return;
    void CancellationScope.nonCancellable(async () => {
      const { nudge } = proxyActivities<HostActivities>({
        taskQueue: hostQueue(host),
        scheduleToCloseTimeout: '5s',
        retry: { maximumAttempts: 1 },
      });
      await nudge({ workflowId, runId }).catch(() => undefined);
    });
  });
  return () => {
    active = false;
  };
}

/** A result comes from a host, whose version may be another. */
function readResult(given: unknown): AttemptResult {
  const result = readable(given);
  if (result) return result;
  throw ApplicationFailure.create({ type: UNREADABLE_RESULT, message: 'its host sent a result that cannot be read' });
}

function cancelledResult(error: unknown): AttemptResult | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof CancelledFailure)) return undefined;
  return readable(error.cause.details?.[0]);
}

function readable(given: unknown): AttemptResult | undefined {
  try {
    return readAttemptResult(given);
  } catch {
    return undefined;
  }
}

function fail(record: TaskRecord, publish: () => void, code: FailureCode, message: string): ApplicationFailure {
  record.end('failed', Date.now(), message, { code, message });
  publish();
  return ApplicationFailure.create({ message, type: code, nonRetryable: true, details: [record.view.result] });
}
