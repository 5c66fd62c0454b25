import { type ChildProcess, spawn } from 'node:child_process';
import { tmpdir } from 'node:os';

/** What a program left behind. `code` is null when it was ended by a signal or never started; `failure` then says why. */
export interface ExecResult {
  code: number | null;
  stdout: string;
  stderr: string;
  failure?: string;
}

export interface ExecOptions {
  timeoutMs: number;
}

/** Runs a program to its end. Never rejects: whatever goes wrong is in the result. */
export type Exec = (file: string, args: readonly string[], options: ExecOptions) => Promise<ExecResult>;

const GRACE_MS = 250;
const MAX_OUTPUT_BYTES = 1024 * 1024;

/**
 * Makes an {@link Exec} whose programs see only `env`, read nothing, and are ended with their whole process group (TERM,
 * then KILL after 250 ms) when time is up or `signal` aborts. What a program leaves running in its group is ended too.
 */
export function createExec(env: NodeJS.ProcessEnv, signal?: AbortSignal): Exec {
  return (file, args, { timeoutMs }) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve({ code: null, stdout: '', stderr: '', failure: `${file}: stopped` });
      let child: ChildProcess;
      try {
        child = spawn(file, args, { env, cwd: tmpdir(), detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
      } catch (error) {
        return resolve({ code: null, stdout: '', stderr: '', failure: `${file}: ${(error as Error).message}` });
      }
      const stdout = collect(child.stdout);
      const stderr = collect(child.stderr);
      let failure: string | undefined;
      let killTimer: NodeJS.Timeout | undefined;
      let drainTimer: NodeJS.Timeout | undefined;
      let settled = false;

      const end = (reason: string) => {
        failure ??= reason;
        killGroup(child, 'SIGTERM');
        killTimer ??= setTimeout(() => killGroup(child, 'SIGKILL'), GRACE_MS);
      };
      const onAbort = () => end(`${file}: stopped`);
      const timer = setTimeout(() => end(`${file}: no answer within ${timeoutMs} ms`), timeoutMs);
      signal?.addEventListener('abort', onAbort, { once: true });

      const settle = (code: number | null) => {
        if (settled) return;
        settled = true;
        for (const each of [timer, killTimer, drainTimer]) clearTimeout(each);
        signal?.removeEventListener('abort', onAbort);
        child.stdout?.destroy();
        child.stderr?.destroy();
        resolve({ code, stdout: stdout(), stderr: stderr(), ...(failure === undefined ? {} : { failure }) });
      };
      child.once('error', (error: NodeJS.ErrnoException) => {
        failure ??= error.code === 'ENOENT' ? `${file}: no such program on PATH` : `${file}: ${error.message}`;
        settle(null);
      });
      child.once('exit', (code, exitSignal) => {
        killGroup(child, 'SIGKILL');
        if (code === null) failure ??= `${file}: ended by ${exitSignal}`;
        // A process that left the group may hold the pipes open for ever: what came until now is all there will be.
        drainTimer = setTimeout(() => settle(failure === undefined ? code : null), GRACE_MS);
      });
      child.once('close', (code) => settle(failure === undefined ? code : null));
    });
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group is empty, which is what was wanted.
  }
}

function collect(stream: NodeJS.ReadableStream | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < MAX_OUTPUT_BYTES) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).toString('utf8');
}
