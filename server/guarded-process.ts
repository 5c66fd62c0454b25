import { type ChildProcess, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface GuardedProcess {
  pid: number;
  stdout: Readable;
  stderr: Readable;
  exited: Promise<Exit>;
  /** SIGTERM, then SIGKILL after `graceMs`; resolves once it has gone. */
  stop(graceMs?: number): Promise<Exit>;
}

/**
 * The shell leaves a guard behind and becomes the program, so the pid and the exit code are the program's own. The
 * guard reads a pipe whose other end only this process holds: when that closes without the word `ended`, we have
 * died, by whatever signal, and the guard ends the program. Nothing is polled, and the guard is there before the
 * program starts. (`$$` in the guard is the shell's pid, hence the program's; it ignores the signals of a terminal.)
 */
const SCRIPT = `
(
  trap '' INT TERM HUP
  IFS= read -r word <&3
  [ "$word" = ended ] && exit 0
  kill -TERM $$
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    sleep 1
    kill -0 $$ 2>/dev/null || exit 0
  done
  kill -KILL $$
) </dev/null >/dev/null 2>&1 &
exec "$@" 3<&-
`;

/** Starts a program in a process group of its own that never outlives this process. */
export function spawnGuarded(program: string, args: readonly string[], env: NodeJS.ProcessEnv): GuardedProcess {
  const child: ChildProcess = spawn('/bin/sh', ['-c', SCRIPT, 'sh', program, ...args], {
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const leash = child.stdio[3] as Writable;
  leash.on('error', () => {});
  const exited = new Promise<Exit>((resolve) => {
    child.once('error', () => resolve({ code: 127, signal: null }));
    child.once('exit', (code, signal) => {
      leash.end('ended\n');
      resolve({ code, signal });
    });
  });
  return {
    pid: child.pid ?? -1,
    stdout: child.stdout as Readable,
    stderr: child.stderr as Readable,
    exited,
    async stop(graceMs = 10_000) {
      child.kill('SIGTERM');
      const hard = setTimeout(() => child.kill('SIGKILL'), graceMs);
      const exit = await exited;
      clearTimeout(hard);
      return exit;
    },
  };
}
