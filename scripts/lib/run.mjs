// Runs a program to its end with its output collected; used by the set-up, so plain and without dependencies.
import { spawn } from 'node:child_process';

/** What went wrong and what to do about it, in one line. */
export class SetupError extends Error {
  name = 'SetupError';
}

const KEPT_OUTPUT = 200_000;

/**
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{ cwd?: string, env?: NodeJS.ProcessEnv, timeoutMs?: number, signal?: AbortSignal,
 *   onOutput?: (text: string) => void }} [options]
 * @returns {Promise<{ ok: boolean, code: number | null, output: string }>} `output` is both streams, its last part.
 */
export function run(command, args, options = {}) {
  const { cwd, env = process.env, timeoutMs = 30 * 60_000, signal, onOutput } = options;
  return new Promise((resolve, reject) => {
    // Its own group, so that an interrupted set-up ends the compilers that `go` or `npm` started as well.
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'], detached: true });
    let output = '';
    /** @param {NodeJS.Signals} name */
    const end = (name) => {
      try {
        if (child.pid) process.kill(-child.pid, name);
      } catch {
        // Ended by itself.
      }
    };
    /** @type {NodeJS.Timeout | undefined} */
    let hard;
    const stop = () => {
      end('SIGTERM');
      hard = setTimeout(() => end('SIGKILL'), 2_000);
    };
    const timer = setTimeout(() => {
      output += `\n${command} took longer than ${Math.round(timeoutMs / 1000)} s and was ended.`;
      stop();
    }, timeoutMs);
    signal?.addEventListener('abort', stop, { once: true });
    const settle = () => {
      clearTimeout(timer);
      clearTimeout(hard);
      signal?.removeEventListener('abort', stop);
    };
    /** @param {Buffer} chunk */
    const collect = (chunk) => {
      const text = chunk.toString();
      output = (output + text).slice(-KEPT_OUTPUT);
      onOutput?.(text);
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', (error) => {
      settle();
      resolve({ ok: false, code: null, output: error.message });
    });
    child.once('close', (code) => {
      settle();
      if (signal?.aborted) reject(signal.reason);
      else resolve({ ok: code === 0, code, output });
    });
    if (signal?.aborted) stop();
  });
}

/** The last line that says something, for a message of one line. @param {string} output */
export function lastLine(output) {
  return output.trim().split('\n').filter(Boolean).at(-1)?.trim() ?? 'no output';
}
