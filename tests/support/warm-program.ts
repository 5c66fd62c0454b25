import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from './clean-environment.ts';

const PROGRAM = fileURLToPath(new URL('./warm-program.mjs', import.meta.url));

interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

export interface WarmProgram {
  /** Runs a command to its end, after those that were given before it. */
  colibri(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran>;
  close(): Promise<void>;
}

/**
 * The built command line in one process for many commands, for tests of what they say and do. Those of signals, of
 * stdin, of what runs at the same time or goes on for long need `start`.
 */
export function warmProgram({ cwd }: { cwd?: string } = {}): WarmProgram {
  // No terminal, whatever the tests themselves have.
  const stdio = ['ignore', 'ignore', 'pipe', 'ipc'] as const;
  const child = fork(PROGRAM, [], {
    env: cleanEnvironment(),
    stdio: [...stdio],
    ...(cwd === undefined ? {} : { cwd }),
  });
  let trouble = '';
  child.stderr?.on('data', (chunk) => {
    trouble += chunk;
  });
  const exited = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`it ended in a command: ${signal ?? code}\n${trouble}`)));
  });
  exited.catch(() => undefined);
  let last: Promise<unknown> = Promise.resolve();
  return {
    colibri(args, env) {
      const ran = last.then(() => {
        const answer = new Promise<Ran>((resolve) => child.once('message', (said) => resolve(said as Ran)));
        child.send({ args, env: { ...cleanEnvironment(), ...env } });
        return Promise.race([answer, exited]);
      });
      last = ran.catch(() => undefined);
      return ran;
    },
    async close() {
      child.disconnect();
      await exited.catch(() => undefined);
    },
  };
}
