import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { leashProgram } from './entry.ts';
import { type Command, jsonLines, type LeashEvent } from './messages.ts';

const START_MS = 15_000;
/** A leash that holds nothing has nothing to wait for. */
const CLOSE_MS = 5_000;

/**
 * Keeps a busy leash as small as an idle one: 46 MB resident, of which 10 MB are its own and the rest is Node's
 * program text, shared with the worker. No threads for garbage collection saves three stacks.
 */
const SMALL = ['--max-old-space-size=32', '--max-semi-space-size=1', '--v8-pool-size=0'];

export interface LeashListener {
  event(event: LeashEvent): void;
  /** Called once, when the process is gone. */
  gone(how: string): void;
}

/** A running leash, seen from the worker. */
export class LeashProcess {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>;
  readonly #gone: Promise<void>;

  private constructor(child: ChildProcessByStdio<Writable, Readable, Readable>, gone: Promise<void>) {
    this.#child = child;
    this.#gone = gone;
  }

  /** Starts a leash and waits until it listens. Throws when it does not come up. */
  static start(stateDir: string, cgroupFolder: string | null, listener: LeashListener): Promise<LeashProcess> {
    // A session of its own: what ends the worker's group or terminal must not end the leash with it.
    const child = spawn(
      process.execPath,
      [...SMALL, leashProgram(), stateDir, ...(cgroupFolder === null ? [] : [cgroupFolder])],
      {
        detached: true,
        cwd: '/',
        env: { PATH: process.env.PATH ?? '/usr/bin:/bin:/usr/sbin:/sbin' },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    return new Promise((resolve, reject) => {
      let ready = false;
      let errors = '';
      const timer = setTimeout(() => child.kill('SIGKILL'), START_MS);
      const gone = new Promise<void>((isGone) => {
        const end = (how: string) => {
          clearTimeout(timer);
          isGone();
          if (ready) listener.gone(how);
          else reject(new Error(`the leash did not start: ${how} ${errors.slice(-2000)}`.trim()));
        };
        child.once('exit', (code, signal) => end(`ended with ${signal ?? `code ${code}`}`));
        child.once('error', (error) => end(error.message));
      });
      child.stdin.on('error', () => {}); // It is gone: said by 'exit'.
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        errors = (errors + text).slice(-4000);
        if (ready) listener.event({ is: 'fault', message: `leash: ${text.trim()}` });
      });
      const onEvent = (value: unknown) => {
        const event = value as LeashEvent;
        if (event.is !== 'ready') return listener.event(event);
        ready = true;
        clearTimeout(timer);
        resolve(new LeashProcess(child, gone));
      };
      const onBad = (line: string) => listener.event({ is: 'fault', message: `leash said: ${line.slice(0, 200)}` });
      child.stdout.setEncoding('utf8').on('data', jsonLines(onEvent, onBad));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  send(command: Command): void {
    if (this.#child.stdin.writable) this.#child.stdin.write(`${JSON.stringify(command)}\n`);
  }

  /** Ends a leash that does not answer. */
  kill(): void {
    this.#child.kill('SIGKILL');
  }

  /** Lets the leash go, which holds nothing any more; one that does not go is killed. */
  async close(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.kill(), CLOSE_MS);
    await this.#gone;
    clearTimeout(timer);
  }
}
