import { fork, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const WARM = fileURLToPath(new URL('./warm.mjs', import.meta.url));

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

export interface WarmProgram {
  /** Runs a command to its end, after those that were given before it. */
  colibri(args: readonly string[], env: NodeJS.ProcessEnv): Promise<Ran>;
  close(): Promise<void>;
}

/**
 * The built command line in one process for many commands, for tests of what they say and do. Those of signals, of
 * stdin, of what runs at the same time or goes on for long need `start`.
 */
export function warmProgram(): WarmProgram {
  const child = fork(WARM, [], { env: cleanEnvironment(), stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const exited = new Promise<never>((_, reject) => {
    child.once('exit', (code, signal) => reject(new Error(`the program ended in a command: ${signal ?? code}`)));
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

/** What the machine that tests run on has set must not decide how they end. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = /^(COLIBRI_(TEMPORAL_CLI|CACHE|TEST_RUN)|(?!COLIBRI_|TEMPORAL_).*)$/;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name)));
}
