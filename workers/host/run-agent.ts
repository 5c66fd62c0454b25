import type { Client } from '@temporalio/client';
import { RUNTIMES } from '../../runtimes/index.ts';
import { AttemptDetails, RunAgentInput } from '../../schemas/host-activities.ts';
import { sessionIdOf } from '../../schemas/names.ts';
import type { AttemptResult } from '../../schemas/task.ts';
import type { Hold, Leash } from '../leash/client.ts';
import type { Skill } from '../skills.ts';
import { agentEnvironment } from './agent-environment.ts';
import { AttemptLease } from './attempt-lease.ts';
import { claimAttempt } from './claim-attempt.ts';
import { LiveStream } from './live-stream.ts';
import type { ActivityGateway } from './polling/gateway.ts';
import type { ActivityTask, FailureSpec, PollLog } from './polling/types.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { removeRecord } from './run-records.ts';
import { makeSessionFolder } from './session-folder.ts';
import { SessionRecorder } from './session-recorder.ts';
import { summarize } from './summarize.ts';
import { Transcript } from './transcript.ts';

/** What running an agent needs of its host. */
export interface RunAgentDeps {
  gateway: ActivityGateway;
  client: Client;
  leash: Leash;
  log: PollLog;
  host: string;
  /** Folder of sessions; and the leash's own state folder. */
  home: string;
  stateDir: string;
  skills: ReadonlyMap<string, Skill>;
  liveLimitBytes: number;
  transcriptLimitBytes: number;
  /** Aborted when the worker stops: agents are ended and their tasks given back. */
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
  const sessionId = sessionIdOf(input.taskKey, attempt);
  const agent = `${input.runtime}@${host}`;
  const log = childLog(deps.log, { task: input.taskId, attempt, host, agent });
  const details: AttemptDetails = { attempt, host, sessionId, phase: 'claimed', at: Date.now() };
  const leaseMs = task.heartbeatTimeoutMs;

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
  const opened = await lease.open();
  if (opened.status === 'lost') return;
  if (opened.status === 'cancel-requested') {
    await gateway.cancelled(task);
    return;
  }
  const forget = onRun({
    ...{ taskId: input.taskId, workflowId: input.workflowId, attempt, sessionId, startedAt: Date.now() },
    nudge: () => void lease.beat(),
  });
  const onStop = () => cancel.abort('stopping');
  deps.stopping.addEventListener('abort', onStop);
  try {
    hold = await leash.hold({
      runId: sessionId,
      leaseMs,
      graceMs: input.graceMs,
      sentAt: opened.sentAtMs,
      task: { token: task.tokenText, id: input.taskId, attempt },
    });
    lease.start();
    if (deps.stopping.aborted) onStop();
    const claim = { attempt, host, agent, sessionId, at: Date.now() };
    await claimAttempt(deps.client, input, claim, [cancel.signal, hold.fenced]);
    details.phase = 'running';
    details.at = Date.now();
    log.info({ phase: 'running', command: input.command[0] ?? input.skill }, 'attempt started');

    const { process, recorder } = await runSession(
      input,
      { ...deps, log },
      { attempt, sessionId, agent, hold, cancel: cancel.signal },
    );
    details.phase = 'ending';
    await hold.release();
    const reason = cancel.signal.aborted ? String(cancel.signal.reason) : '';
    log.info(
      { phase: 'ended', ended: process.ended, exitCode: process.exitCode, signal: process.signal },
      'attempt ended',
    );

    if (lost) return;
    if (process.ended === 'fenced') {
      await report({
        type: 'Fenced',
        message: `the lease of attempt ${attempt} ran out on ${host}: ${process.error ?? ''}`,
        nextRetryDelayMs: 100,
      });
    } else if (process.ended === 'cancelled' && reason === 'stopping') {
      await report({ type: 'HostStopping', message: `${host} is stopping`, nextRetryDelayMs: 100 });
    } else {
      const result: AttemptResult = {
        ...summarize(process, input),
        ...{ attempt, host, agent, sessionId, tail: recorder.tail(), output: recorder.summary() },
        ...{ startedAt: process.startedAt, endedAt: process.endedAt },
      };
      const settle = result.outcome === 'cancelled' ? gateway.cancelled.bind(gateway) : gateway.complete.bind(gateway);
      const settled = await settle(task, result, REPORT_WITHIN_MS);
      if (settled === 'lost')
        log.warn({ phase: 'reported' }, 'the result came too late: the attempt was no longer ours');
    }
  } catch (error) {
    await hold
      ?.release()
      .catch((again: unknown) => log.error({ error: again }, 'a run could not be taken off the leash'));
    log.error({ error }, 'attempt failed on the host');
    if (!lost)
      await report({ type: 'HostFailure', message: `${host}: ${(error as Error).message}`, nextRetryDelayMs: 3_000 });
    removeRecord(deps.stateDir, sessionId);
  } finally {
    lease.stop();
    deps.stopping.removeEventListener('abort', onStop);
    forget();
  }

  async function report(failure: FailureSpec): Promise<void> {
    await gateway.fail(task, failure, deps.stopping.aborted ? 5_000 : REPORT_WITHIN_MS);
  }
}

interface Session {
  attempt: number;
  sessionId: string;
  agent: string;
  hold: Hold;
  cancel: AbortSignal;
}

async function runSession(
  input: RunAgentInput,
  deps: RunAgentDeps,
  session: Session,
): Promise<{ process: ProcessResult; recorder: SessionRecorder }> {
  const { attempt, sessionId, agent, hold } = session;
  const folder = makeSessionFolder(deps.home, sessionId);
  const transcript = new Transcript(folder.transcript, deps.transcriptLimitBytes);
  const info = {
    sessionId,
    taskId: input.taskId,
    attempt,
    host: deps.host,
    agent,
    workflowId: input.workflowId,
    runId: input.runId,
  };
  const live = new LiveStream({ client: deps.client, info, limitBytes: deps.liveLimitBytes, log: deps.log });
  const recorder = new SessionRecorder(transcript, live);
  recorder.note({ type: 'started', host: deps.host, attempt, command: input.command });
  const process = await launch();
  if (transcript.failure) deps.log.error({ error: transcript.failure }, 'the transcript could not be written');
  if (process.leftBehind > 0)
    recorder.note({ type: 'note', text: `${process.leftBehind} processes that the agent left behind were ended` });
  const { outcome, exitCode, signal, summary } = summarize(process, input);
  await recorder.end({ type: 'ended', outcome, exitCode, signal, summary });
  return { process, recorder };

  async function launch(): Promise<ProcessResult> {
    let command: string[];
    try {
      const runtime = RUNTIMES[input.runtime];
      if (!runtime) throw new Error(`host ${deps.host} knows no runtime "${input.runtime}"`);
      const skill = input.skill === null ? null : deps.skills.get(input.skill);
      if (skill === undefined) throw new Error(`host ${deps.host} has no skill "${input.skill}"`);
      command = runtime.prepare({ input, skill }).command;
    } catch (error) {
      const now = Date.now();
      return {
        exitCode: null,
        signal: null,
        startedAt: now,
        endedAt: now,
        ended: 'spawn-error',
        error: (error as Error).message,
        leftBehind: 0,
      };
    }
    return runProcess({
      command,
      cwd: input.cwd ?? folder.work,
      env: agentEnvironment(input.env, { taskId: input.taskId, sessionId, attempt, workdir: folder.work }),
      hold,
      ...(input.timeoutMs === null ? {} : { timeoutMs: input.timeoutMs }),
      graceMs: input.graceMs,
      onOutput: (stream, chunk) => recorder.output(stream, chunk),
      signal: session.cancel,
    });
  }
}

function childLog(log: PollLog, fields: object): PollLog {
  return {
    debug: (more, message) => log.debug({ ...fields, ...more }, message),
    info: (more, message) => log.info({ ...fields, ...more }, message),
    warn: (more, message) => log.warn({ ...fields, ...more }, message),
    error: (more, message) => log.error({ ...fields, ...more }, message),
  };
}
