import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { RunAgentInput } from '../schemas/host-activities.ts';
import type { AttemptResult, TaskSpec } from '../schemas/task.ts';
import type { HostActivities } from './messages.ts';
import { hostQueue, readAttemptResult, taskKeyOf } from './rules.ts';
import type { TaskRecord } from './task-record.ts';

/** A task without a timeout may run for as long as Temporal can count. */
const NO_LIMIT_MS = 10 * 365 * 24 * 3_600_000;
/** What the host may need beyond the agent's own timeout to end it and say so. */
const ENDING_MARGIN_MS = 60_000;
/**
 * Wait before Temporal gives a lost attempt to another host. A lock delay: the lease's schedule has ended the old agent
 * well before, this covers a machine that was slow to do so. Not exponential, because declines count as tries there.
 */
const LOCK_DELAY = '3s';

/** Type of the failure when an attempt's result is of no known shape. */
export const UNREADABLE_RESULT = 'UnreadableResult';

/**
 * One attempt on whichever host of the route takes it, with all that the infrastructure loses or declines on the way.
 * Throws CancelledFailure once the agent is gone.
 */
export async function runAttempt(
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
