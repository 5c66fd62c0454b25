import { hashAgentToken, newAgentToken } from '../../client/agent-token.ts';
import type { AttemptResult } from '../../schemas/attempt.ts';
import { POISONED_AFTER } from '../../schemas/failures.ts';
import { AttemptDetails, deathsUntil, RunAgentInput } from '../../schemas/host-activities.ts';
import { sessionIdOf } from '../../schemas/names.ts';
import { survived } from '../../workflows/messages.ts';
import { bootClockMs } from '../boot-clock.ts';
import type { Hold, Leash } from '../leash/client.ts';
import { runSession, type SessionDeps } from './agent-session.ts';
import { AttemptLease } from './attempt-lease.ts';
import { childLog } from './child-log.ts';
import { ClaimDenied, claimAttempt } from './claim-attempt.ts';
import type { ActivityGateway } from './polling/gateway.ts';
import type { ActivityTask, FailureSpec, Settled } from './polling/types.ts';
import { removeRecord } from './run-records.ts';
import { TaskUnrunnable } from './session-skill.ts';
import { summarize } from './summarize.ts';

/** What running an agent needs of its host. */
export interface RunAgentDeps extends SessionDeps {
  gateway: ActivityGateway;
  leash: Leash;
  /** The leash's own state folder. */
  stateDir: string;
  /** Aborted, with the reason in words, when the agent is to be ended and its task given back. */
  stopping: AbortSignal;
}

/** A run in progress, as the host tells of it. */
export interface ActiveRun {
  taskId: string;
  workflowId: string;
  attempt: number;
  sessionId: string;
  startedAt: number;
  /** Asks the server at once whether the run is still wanted. */
  nudge(): void;
}

/** Time in which a report must reach the server; past it the attempt is taken for lost there as well. */
const REPORT_WITHIN_MS = 600_000;
const SAY_WITHIN_MS = 10_000;

/**
 * One attempt, whole: lease, claim, process, output, report. What the agent did is reported as the activity's result;
 * what the infrastructure lost is reported as a failure that Temporal retries elsewhere, and counts for nobody.
 */
export async function runAgent(
  task: ActivityTask,
  deps: RunAgentDeps,
  onRun: (run: ActiveRun) => () => void,
): Promise<void> {
  const { gateway, leash, host } = deps;
  const parsed = RunAgentInput.safeParse(task.input[0]);
  if (!parsed.success) {
    await gateway.fail(task, {
      type: 'invalid',
      message: `host ${host} cannot read the task: ${parsed.error.message}`,
      nonRetryable: true,
    });
    return;
  }
  const input = parsed.data;
  const before = AttemptDetails.safeParse(task.heartbeatDetails);
  const attempt = Math.max(before.success ? before.data.attempt : 0, input.attemptsBefore) + 1;
  const deaths = before.success ? deathsUntil(before.data) : input.deathsBefore;
  const sessionId = sessionIdOf(input.taskKey, attempt);
  const agent = `${input.runtime}@${host}`;
  const log = childLog(deps.log, { task: input.taskId, attempt, host, agent });
  const details: AttemptDetails = { attempt, host, sessionId, phase: 'claimed', at: Date.now(), deaths };
  const leaseMs = task.heartbeatTimeoutMs;

  if (deaths.length >= POISONED_AFTER) {
    // Whether any of those workers lives the task knows; it may ask again.
    const message = `the workers of attempts ${deaths.join(', ')} were not heard of again`;
    await gateway.fail(task, { type: 'Poisoned', message, nonRetryable: true, details: [deaths] });
    return;
  }

  const cancel = new AbortController();
  let hold: Hold | undefined;
  let lost = false;
  const lease = new AttemptLease({
    gateway,
    task,
    leaseMs,
    details: () => details,
    onRenewed: (sentAtMs) => hold?.renew(sentAtMs),
    onCancelRequested: () => cancel.abort('cancel-requested'),
    onLost: () => {
      lost = true;
      cancel.abort('lost');
    },
    log,
  });
  // On the leash while the first heartbeat is under way; counted from before it was sent, as leases are.
  const holding = leash.hold({
    runId: sessionId,
    leaseMs,
    graceMs: input.graceMs,
    sentAt: bootClockMs(),
    task: { token: task.tokenText, id: input.taskId, attempt },
  });
  holding.catch(() => undefined);
  const letGo = async () => {
    // One that could not be put on the leash need not be taken off.
    await holding.then(
      (held) => held.release().catch(sayStillHeld),
      () => undefined,
    );
    removeRecord(deps.stateDir, sessionId);
  };
  const sayStillHeld = (error: unknown) => log.error({ error }, 'a run could not be taken off the leash');
  const status = await lease.open().catch(async (error: unknown) => {
    await letGo();
    throw error;
  });
  if (status !== 'ok') {
    await letGo();
    if (status === 'cancel-requested') await gateway.cancelled(task);
    return;
  }
  const forget = onRun({
    ...{ taskId: input.taskId, workflowId: input.workflowId, attempt, sessionId, startedAt: Date.now() },
    nudge: () => void lease.beat(),
  });
  const onStop = () => cancel.abort('stopping');
  deps.stopping.addEventListener('abort', onStop);
  try {
    lease.start();
    if (deps.stopping.aborted) onStop();
    const token = newAgentToken();
    const claim = { attempt, host, agent, sessionId, at: Date.now(), tokenHash: hashAgentToken(token) };
    // Both must stand before the agent starts; neither waits for the other, nor the agent's process for the claim.
    const fenced = new AbortController();
    const over = AbortSignal.any([cancel.signal, fenced.signal]);
    const claimed = claimAttempt(deps.client, { ...input, activityId: task.activityId }, claim, over).then(() => {
      if (over.aborted) return;
      details.phase = 'running';
      details.at = Date.now();
      log.info({ phase: 'running', command: input.command[0] ?? input.skill }, 'attempt started');
    });
    claimed.catch(() => undefined);
    hold = await holding;
    hold.fenced.addEventListener('abort', () => fenced.abort(), { once: true });
    if (hold.fenced.aborted) fenced.abort();
    const { process, said, recorder } = await runSession(
      input,
      { ...deps, log },
      { attempt, sessionId, agent, token, hold, claimed, cancel: cancel.signal },
    );
    details.phase = 'ending';
    // The tree is verified empty: taking it off the leash need not hold up the report.
    const released = hold.release();
    released.catch(sayStillHeld);
    const reason = cancel.signal.aborted ? String(cancel.signal.reason) : '';
    log.info(
      { phase: 'ended', ended: process.ended, exitCode: process.exitCode, signal: process.signal },
      'attempt ended',
    );

    if (lost) {
      // Nobody waits for a report, but the task is not to be blamed for what the link did.
      await saySurvived();
    } else if (process.ended === 'fenced') {
      const settled = await report({
        type: 'Fenced',
        message: `the lease of attempt ${attempt} ran out on ${host}: ${process.error ?? ''}`,
        nextRetryDelayMs: 100,
      });
      if (settled === 'lost') await saySurvived();
    } else if (process.ended === 'cancelled' && reason === 'stopping') {
      await report({ type: 'HostStopping', message: String(deps.stopping.reason), nextRetryDelayMs: 100 });
    } else {
      const result: AttemptResult = {
        ...summarize(process, input, said),
        ...{ attempt, host, agent, sessionId, tail: recorder.tail(), output: recorder.summary() },
        ...{ startedAt: process.startedAt, endedAt: process.endedAt },
      };
      const settle = result.outcome === 'cancelled' ? gateway.cancelled.bind(gateway) : gateway.complete.bind(gateway);
      const settled = await settle(task, result, REPORT_WITHIN_MS, deps.stopping);
      if (settled === 'lost')
        log.warn({ phase: 'reported' }, 'the result came too late: the attempt was no longer ours');
    }
    await Promise.allSettled([released, recorder.closed]);
    removeRecord(deps.stateDir, sessionId);
  } catch (error) {
    await hold?.release().catch(sayStillHeld);
    if (error instanceof ClaimDenied) {
      log.info({ phase: 'denied' }, error.message);
      await report({ type: 'LimitReached', message: `${host}: ${error.message}`, nonRetryable: true });
    } else if (error instanceof TaskUnrunnable) {
      log.error({ error }, 'the task can be run by no host');
      if (!lost)
        await report({ type: 'invalid', message: `the task is not valid: ${error.message}`, nonRetryable: true });
    } else {
      log.error({ error }, 'attempt failed on the host');
      const message = `${host}: ${(error as Error).message}`;
      if (!lost) await report({ type: 'HostFailure', message, nextRetryDelayMs: failureDelayMs(task) });
    }
    removeRecord(deps.stateDir, sessionId);
  } finally {
    lease.stop();
    deps.stopping.removeEventListener('abort', onStop);
    forget();
  }

  /** The attempt is given back in order: whoever has it next need not suspect it. */
  function report(failure: FailureSpec): Promise<Settled> {
    const heartbeatDetails: AttemptDetails = { ...details, phase: 'given-back' };
    return gateway.fail(task, { ...failure, heartbeatDetails }, REPORT_WITHIN_MS, deps.stopping);
  }

  async function saySurvived(): Promise<void> {
    const handle = deps.client.workflow.getHandle(input.workflowId, input.runId);
    const tell = () => handle.signal(survived, { attempt, host });
    await deps.client.withDeadline(Date.now() + SAY_WITHIN_MS, tell).catch((error: unknown) => {
      log.debug({ error }, 'the task could not be told that this worker lives');
    });
  }
}

/**
 * A host that fails attempt after attempt (a full disk, say) must not fill the task's history, nor hold up one that could:
 * 3 s, doubled to a minute; after a hundred times ten minutes, with which a task lasts for months.
 */
function failureDelayMs(task: ActivityTask): number {
  return Math.min(3_000 * 2 ** Math.min(task.attempt - 1, 10), task.attempt > 100 ? 600_000 : 60_000);
}
