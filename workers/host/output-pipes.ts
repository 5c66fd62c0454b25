import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, constants, mkdirSync, openSync, rmSync, unlinkSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Made at a time: one program makes many, so that no run waits for it. */
const BATCH = 16;
/** Where it is on Linux and FreeBSD, whatever PATH agents are given. */
const SYSTEM_PATH = '/usr/bin:/bin';
/** At this stock the next batch is begun. */
const LOW = 4;

/** One stream of a process: what we read, and the end to be handed to the process and then closed here. */
export interface OutputPipe {
  reader: Socket;
  writeFd: number;
}

/**
 * Real pipes for the output of agents. Those that Node makes by itself are sockets, and a script that opens
 * `/dev/stderr` or `/dev/stdout` by name cannot open a socket. Named pipes are kept in stock, and unlinked when opened.
 */
export class OutputPipes {
  readonly #folder: string;
  readonly #stock: string[] = [];
  #making: Promise<void> | undefined;

  /** @param folder of these pipes alone; what a former life left there is removed. */
  constructor(folder: string) {
    this.#folder = folder;
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Makes the first batch, so that a host which cannot make pipes finds out before it takes a task. */
  prepare(): Promise<void> {
    return this.#make();
  }

  /** As many open pipes as asked for. Throws when the state folder takes none. */
  async take(count: number): Promise<OutputPipe[]> {
    while (this.#stock.length < count) await this.#make();
    const names = this.#stock.splice(0, count);
    // A failure shows when the stock is needed; until then there is nobody to tell.
    if (this.#stock.length < LOW) this.#make().catch(() => undefined);
    return names.map(openPipe);
  }

  /** Removes the stock. */
  close(): void {
    this.#stock.length = 0;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #make(): Promise<void> {
    this.#making ??= this.#makeBatch().finally(() => {
      this.#making = undefined;
    });
    return this.#making;
  }

  async #makeBatch(): Promise<void> {
    const names = Array.from({ length: BATCH }, () => join(this.#folder, randomUUID()));
    await run('mkfifo', ['-m', '600', ...names], { env: { PATH: `${SYSTEM_PATH}:${process.env.PATH ?? ''}` } });
    this.#stock.push(...names);
  }
}

/** The reader first and without blocking: opening a pipe for writing waits until somebody reads. */
function openPipe(name: string): OutputPipe {
  const readFd = openSync(name, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const writeFd = openSync(name, constants.O_WRONLY);
    return { reader: new Socket({ fd: readFd, readable: true, writable: false }), writeFd };
  } catch (error) {
    closeSync(readFd);
    throw error;
  } finally {
    unlinkSync(name);
  }
}
