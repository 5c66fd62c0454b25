import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { cleanEnvironment } from '../support/clean-environment.ts';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

export interface Ran {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Running {
  pid: number;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once stdout and stderr together contain the text. Rejects if the process ends first. */
  said(text: string): Promise<void>;
  ended: Promise<Ran>;
}

/** Starts the built command line as a process of its own, as a user without a terminal would. */
export function start(args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(process.execPath, [MAIN, ...args], {
    env: { ...cleanEnvironment(), ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  const heard = () => {
    for (const listener of listeners) listener();
  };
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
    heard();
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
    heard();
  });
  const ended = new Promise<Ran>((resolve) => child.once('close', (code) => resolve({ code, stdout, stderr })));
  return {
    pid: child.pid ?? -1,
    kill: (signal) => child.kill(signal),
    ended,
    said: (text) =>
      new Promise<void>((resolve, reject) => {
        const look = () => {
          if (!(stdout + stderr).includes(text)) return;
          listeners.delete(look);
          resolve();
        };
        listeners.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended without saying "${text}": ${stdout}${stderr}`)));
      }),
  };
}

/** Runs a command to its end. */
export function colibri(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran> {
  return start(args, env).ended;
}
