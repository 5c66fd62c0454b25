import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { cleanShell } from '../clean-shell.ts';
import type { Hold } from '../leash/client.ts';

/** Descriptor on which the process waits. */
const GATE = 3;
/**
 * Waits for a line and becomes the program: the same process, and no word of the command is read by the shell. The other
 * end closed without a line: not to be started. Tasks cannot set a variable of this name, so none of theirs is changed.
 */
const WAIT = `read -r COLIBRI_GATE <&${GATE} || exit 125; exec ${GATE}<&-; exec "$@"`;

/** A process on a hold that stands before its program's first instruction until the gate is opened. */
export interface GatedProcess {
  child: ChildProcess;
  /** Lets the program start. */
  open(): void;
  /** The program is not to be started: its process ends. */
  shut(): void;
}

/**
 * Spawns a program behind a gate, in a session of its own. The leash and the run's record can so know the process before
 * it does anything, and the milliseconds that starting one takes pass while the claim is still under way.
 *
 * @param options `stdio`: descriptors 0 to 2
 */
export function spawnGated(
  hold: Hold,
  [program = '', ...args]: readonly string[],
  options: { cwd: string; env: Record<string, string>; stdio: Extract<SpawnOptions['stdio'], unknown[]> },
): GatedProcess {
  const { cwd, env, stdio } = options;
  const gated = ['/bin/sh', ...cleanShell(WAIT, ['sh', program, ...args], env)];
  const { file, args: wrapped } = hold.wrap(gated, env);
  const child = spawn(file, wrapped, { cwd, env, detached: true, stdio: [...stdio, 'pipe'] });
  const gate = child.stdio[GATE] as Writable | undefined;
  gate?.on('error', () => {}); // The process has ended: its exit says so.
  return {
    child,
    open: () => void gate?.end('\n'),
    shut: () => void gate?.destroy(),
  };
}
