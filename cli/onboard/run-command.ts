import { spawn } from 'node:child_process';
import { ColibriError } from '../../client/errors.ts';
import { commandLine } from '../output/text.ts';

export interface PlannedCommand {
  command: string[];
  /** What it is for, in a few words. */
  about: string;
}

export interface Answer {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  env?: NodeJS.ProcessEnv;
  uid?: number;
  gid?: number;
  timeoutMs?: number;
}

const TIMEOUT_MS = 120_000;
const KEPT_CHARS = 64 * 1024;

/** Runs a program to its end. One that cannot be started answers with code null and the reason as its stderr. */
export function ask(command: readonly string[], options: RunOptions = {}): Promise<Answer> {
  const { timeoutMs: timeout = TIMEOUT_MS, env = process.env, ...who } = options;
  const [file = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(file, args, { env, ...who, timeout, cwd: '/', stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        said[stream] = (said[stream] + chunk).slice(-KEPT_CHARS);
      });
    }
    child.once('error', (error) => resolve({ code: null, stdout: '', stderr: error.message }));
    child.once('close', (code) => resolve({ code, ...said }));
  });
}

/** Runs a program that must succeed. Throws `failed` with what it said last, and `mend` as what to do. */
export async function must(command: readonly string[], mend: string, options?: RunOptions): Promise<string> {
  const { code, stdout, stderr } = await ask(command, options);
  if (code === 0) return stdout;
  const last = stderr.trim().split('\n').at(-1) || stdout.trim().split('\n').at(-1) || 'it said nothing';
  const how = code === null ? 'did not end by itself' : `ended with exit code ${code}`;
  throw new ColibriError('failed', `\`${commandLine(command)}\` ${how}: ${last}`, mend);
}
