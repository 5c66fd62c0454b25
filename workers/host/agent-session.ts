import type { Client } from '@temporalio/client';
import { RUNTIMES } from '../../runtimes/index.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import type { Hold } from '../leash/client.ts';
import { agentEnvironment } from './agent-environment.ts';
import { readReport, reportPath, type SaidReport, writeContext } from './agent-report.ts';
import { LiveStream } from './live-stream.ts';
import { handOver } from './needs.ts';
import type { OutputPipes } from './output-pipes.ts';
import type { PollLog } from './polling/types.ts';
import { type ProcessResult, runProcess } from './run-process.ts';
import { makeSessionFolder } from './session-folder.ts';
import { SessionRecorder } from './session-recorder.ts';
import { type SkillSources, skillEnvironment, takeSkill } from './session-skill.ts';
import type { SkillInUse } from './skill-store.ts';
import { summarize } from './summarize.ts';
import { Transcript } from './transcript.ts';

/** What a session needs of its host. */
export interface SessionDeps extends SkillSources {
  client: Client;
  log: PollLog;
  /** Where the server is, for agents that ask about their task. */
  server: { address: string; namespace: string };
  /** Folder of sessions. */
  home: string;
  pipes: OutputPipes;
  liveLimitBytes: number;
  transcriptLimitBytes: number;
}

export interface Session {
  attempt: number;
  sessionId: string;
  agent: string;
  /** By which the agent's processes are known as the ones that have this task. */
  token: string;
  hold: Hold;
  /** Resolves when the attempt is claimed: before that the agent does nothing. */
  claimed: Promise<void>;
  cancel: AbortSignal;
}

/**
 * One run of an agent, from its launch to its last event: the process, its transcript and its live stream. Throws what
 * `claimed` rejects with, or what keeps its skill from this host; then nothing was started.
 */
export async function runSession(
  input: RunAgentInput,
  deps: SessionDeps,
  session: Session,
): Promise<{ process: ProcessResult; said: SaidReport; recorder: SessionRecorder }> {
  const { attempt, sessionId, agent, hold } = session;
  const folder = makeSessionFolder(deps.home, sessionId);
  const context = writeContext(folder.root, input, attempt);
  const report = reportPath(folder.root);
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
  const cleared = session.claimed.then(() => {
    recorder.note({ type: 'started', host: deps.host, attempt, command: input.command });
  });
  let process: ProcessResult;
  try {
    process = await launch();
    // Also of what could not be started the task's history says first who had it.
    await cleared;
  } catch (error) {
    await transcript.close();
    throw error;
  }
  if (transcript.failure) deps.log.error({ error: transcript.failure }, 'the transcript could not be written');
  if (process.leftBehind > 0)
    recorder.note({ type: 'note', text: `${process.leftBehind} processes that the agent left behind were ended` });
  const said = readReport(report);
  const { outcome, exitCode, signal, summary } = summarize(process, input, said);
  await recorder.end({ type: 'ended', outcome, exitCode, signal, summary });
  return { process, said, recorder };

  async function launch(): Promise<ProcessResult> {
    const taken = await takeSkill(input, deps).catch(async (error: unknown) => {
      // As of what could not be started.
      await cleared;
      throw error;
    });
    try {
      return await launchWith(taken);
    } finally {
      taken?.release();
    }
  }

  async function launchWith(taken: SkillInUse | null): Promise<ProcessResult> {
    const skill = taken?.skill ?? null;
    const needs = handOver(input.inputs, folder.needs);
    let command: string[];
    try {
      const runtime = RUNTIMES[input.runtime];
      if (!runtime) throw new Error(`host ${deps.host} knows no runtime "${input.runtime}"`);
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
      env: {
        ...agentEnvironment(input.env, {
          taskId: input.taskId,
          sessionId,
          attempt,
          workdir: folder.work,
          host: deps.host,
          contextFile: context.path,
          reportFile: report,
          answer: context.answer,
          needs,
          agent,
          token: session.token,
          server: deps.server,
        }),
        ...(skill && skillEnvironment(skill, input.skillInputs, folder)),
      },
      hold,
      cleared,
      pipes: deps.pipes,
      ...(input.timeoutMs === null ? {} : { timeoutMs: input.timeoutMs }),
      ...(input.silenceMs === null ? {} : { silenceMs: input.silenceMs }),
      graceMs: input.graceMs,
      onOutput: (stream, chunk) => recorder.output(stream, chunk),
      signal: session.cancel,
    });
  }
}
