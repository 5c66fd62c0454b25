import { type ChildProcess, spawn } from 'node:child_process';
import type { Logger } from 'pino';

/**
 * Newer workers of this host that this process has started in its own place. A service manager knows this process alone:
 * it stays, hands signals on, and ends with the last of them.
 */
export class Successors {
  readonly #log: Logger;
  readonly #command: readonly string[];
  readonly #running = new Map<ChildProcess, Promise<number>>();
  #lastCode = 0;

  /** @param command what starts a worker that takes over: the program on disk, which may be newer than this one. */
  constructor(log: Logger, command: readonly string[] = ownCommand()) {
    this.#log = log;
    this.#command = command;
  }

  start(): void {
    const [file = '', ...args] = this.#command;
    const child = spawn(file, args, { stdio: 'inherit' });
    this.#log.info({ successor: child.pid }, 'started a worker that is to take over');
    const ended = new Promise<number>((resolve) => {
      child.once('error', (error) => {
        this.#log.error({ error }, 'a worker that is to take over could not be started; this one goes on');
        resolve(1);
      });
      child.once('exit', (code, signal) => resolve(code ?? (signal === null ? 1 : 128)));
    });
    this.#running.set(child, ended);
    void ended.then((code) => {
      this.#running.delete(child);
      this.#lastCode = code;
      this.#log.info({ successor: child.pid, code }, 'a worker that was started to take over has ended');
    });
  }

  /** Resolves with the exit code of the last one when none runs any more, at once if there is none. */
  async ended(): Promise<number> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
    return this.#lastCode;
  }

  /** Stops all of them in order. */
  async stop(): Promise<void> {
    for (const child of this.#running.keys()) child.kill('SIGTERM');
    await this.ended();
  }
}

/** This process' own command line, as one that takes over. */
function ownCommand(): string[] {
  const [, script = '', ...args] = process.argv;
  const given = args.includes('--takeover') ? args : [...args, '--takeover'];
  return [process.execPath, ...process.execArgv, script, ...given];
}
