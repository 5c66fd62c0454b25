import { closeSync } from 'node:fs';
import type { Hold } from '../leash/client.ts';
import { type GatedProcess, spawnGated } from './gate.ts';
import type { OutputPipe, OutputPipes } from './output-pipes.ts';
import { pumpOutput } from './pump-output.ts';
import { resolveProgram } from './resolve-program.ts';
import { SilenceWatch, startTimer } from './timers.ts';

export interface ProcessOptions {
  /** Program and arguments; no shell reads them. */
  command: readonly string[];
  /** Working folder, absolute. */
  cwd: string;
  /** The whole environment of the process, but for the run's cookie. */
  env: Readonly<Record<string, string>>;
  /** What the process reads; without it there is nothing to read. */
  stdin?: string;
  hold: Hold;
  pipes: OutputPipes;
  /** Resolves when the program may be started; when it rejects, nothing is started and the run throws the same. */
  cleared: Promise<unknown>;
  timeoutMs?: number;
  /** The process is ended when it prints nothing for so long. */
  silenceMs?: number;
  /** Time between TERM and KILL on time-out and cancellation. */
  graceMs: number;
  /**
   * Takes a piece of output, bytes as they came. While the promise it returns is pending no more is read of that
   * stream, so a slow taker slows the process and nothing piles up here.
   */
  onOutput(stream: 'stdout' | 'stderr', chunk: Buffer): void | Promise<void>;
  /** Cancels the run. With the reason `lost` there is no grace: the task may be another host's already. */
  signal: AbortSignal;
}

export interface ProcessResult {
  exitCode: number | null;
  signal: string | null;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** When the main process ended, milliseconds since 1970. */
  endedAt: number;
  ended: 'exit' | 'timeout' | 'silent' | 'cancelled' | 'fenced' | 'spawn-error';
  /** With `spawn-error` and `fenced`: what happened, in a sentence. */
  error?: string;
  /** Processes of the run that outlived the main one and were then ended. */
  leftBehind: number;
}

/** What a main process leaves behind gets no longer grace than this: the run's result waits for it. */
const LEFT_BEHIND_GRACE_MS = 2_000;

/**
 * Runs one program in a session of its own on the leash, until its whole tree is ended and its output taken.
 * What the program does is a result; throws what `onOutput` throws, or when the run's record cannot be written, after
 * the tree is ended. The hold stays with the caller, who releases it.
 */
export async function runProcess(options: ProcessOptions): Promise<ProcessResult> {
  const { hold, signal, graceMs } = options;
  let startedAt = Date.now();
  const [stdout, stderr] = (await options.pipes.take(2)) as [OutputPipe, OutputPipe];
  const unstarted = (ended: ProcessResult['ended'], error?: string): ProcessResult => {
    for (const { reader } of [stdout, stderr]) reader.destroy();
    return {
      ...{ exitCode: null, signal: null, startedAt, endedAt: Date.now(), ended, leftBehind: 0 },
      ...(error === undefined ? {} : { error }),
    };
  };
  /** Why the program may not be started at this moment; null when it may. */
  const refusal = (): ProcessResult | null => {
    if (hold.fenced.aborted) return unstarted('fenced', String(hold.fenced.reason));
    // A worker that was stopped just before this line has yet to hear of its fence.
    if (hold.lapsed()) return unstarted('fenced', 'the lease ran out before the program was started');
    return signal.aborted ? unstarted('cancelled') : null;
  };

  let process: GatedProcess;
  try {
    const refused = refusal();
    if (refused) return refused;
    process = spawnOnHold(options, stdout.writeFd, stderr.writeFd);
  } catch (error) {
    return unstarted('spawn-error', (error as Error).message);
  } finally {
    // Only the run itself may hold these ends, or its output would never end.
    for (const { writeFd } of [stdout, stderr]) closeSync(writeFd);
  }
  const { child } = process;
  const exited = new Promise<Exit | Error>((resolve) => {
    child.once('exit', (code, by) => resolve({ code, signal: by }));
    child.once('error', resolve);
  });
  if (child.pid === undefined) return unstarted('spawn-error', String(await exited));

  const failures: unknown[] = [];
  const state: { ended: ProcessResult['ended'] } = { ended: 'exit' };
  const endAs = (how: ProcessResult['ended'], reason: string, grace = graceMs) => {
    if (state.ended === 'exit') state.ended = how;
    void hold.end({ graceMs: grace, reason });
  };
  const fail = (error: unknown) => {
    failures.push(error);
    void hold.end({ graceMs, reason: 'the run cannot go on' });
  };
  hold.started(child.pid).catch(fail);
  let stopTimer = () => {};
  const silence = new SilenceWatch(options.silenceMs, () => endAs('silent', `silent for ${options.silenceMs} ms`));
  const onOutput: ProcessOptions['onOutput'] = (stream, chunk) => {
    silence.heard();
    return options.onOutput(stream, chunk);
  };
  const pump = pumpOutput({ stdout: stdout.reader, stderr: stderr.reader }, onOutput, fail);

  const onCancel = () => endAs('cancelled', String(signal.reason), signal.reason === 'lost' ? 0 : graceMs);
  const onFenced = () => {
    state.ended = 'fenced';
  };
  signal.addEventListener('abort', onCancel, { once: true });
  hold.fenced.addEventListener('abort', onFenced, { once: true });

  let begun = false;
  try {
    begun = await Promise.race([options.cleared.then(() => true), exited.then(() => false)]);
  } catch (error) {
    failures.push(error);
  }
  const refused = refusal();
  if (begun && refused === null && failures.length === 0) {
    const { timeoutMs } = options;
    startedAt = Date.now();
    if (timeoutMs !== undefined)
      stopTimer = startTimer(timeoutMs, () => endAs('timeout', `timed out after ${timeoutMs} ms`));
    silence.begin();
    process.open();
    child.stdin?.on('error', () => {}).end(options.stdin); // A program need not read what it is given.
  } else {
    begun = false;
    process.shut();
  }

  const exit = await exited;
  const endedAt = Date.now();
  stopTimer();
  silence.stop();
  signal.removeEventListener('abort', onCancel);
  // With the tree empty nobody is left to write: what remains to be read is what the pipes hold.
  const { alive } = await hold.end({
    graceMs: Math.min(graceMs, LEFT_BEHIND_GRACE_MS),
    reason: 'the main process has ended',
  });
  hold.fenced.removeEventListener('abort', onFenced);
  await pump.finish();
  if (failures.length > 0) throw failures[0];
  if (exit instanceof Error) return unstarted('spawn-error', exit.message);
  if (!begun) return refused ?? unstarted('spawn-error', `its process ended before it was started: ${toldOf(exit)}`);
  return {
    exitCode: exit.code,
    signal: exit.signal,
    startedAt,
    endedAt,
    ended: state.ended,
    ...(state.ended === 'fenced' ? { error: String(hold.fenced.reason) } : {}),
    leftBehind: alive,
  };
}

interface Exit {
  code: number | null;
  signal: string | null;
}

function toldOf({ code, signal }: Exit): string {
  return signal === null ? `exit code ${code}` : `ended by ${signal}`;
}

function spawnOnHold({ command, cwd, env, stdin, hold }: ProcessOptions, stdout: number, stderr: number): GatedProcess {
  const [name = '', ...args] = command;
  const program = resolveProgram(name, cwd, env);
  const stdio = [stdin === undefined ? ('ignore' as const) : ('pipe' as const), stdout, stderr];
  return spawnGated(hold, [program, ...args], { cwd, env: { ...env, ...hold.env }, stdio });
}
