import { setMaxListeners } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Colibri } from '../client/colibri.ts';
import { ColibriError } from '../client/errors.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../server/embedded-server.ts';
import { workerEnvironment } from './environment.ts';
import { DemoFailure } from './failure.ts';
import { type Leftovers, removeAll } from './leftovers.ts';
import { Parts } from './parts.ts';
import type { Teller } from './teller.ts';

const LOOK_EVERY_MS = 100;

/** What the demo stands on: a folder for all its files, a server, a client, and the processes of the fleet. */
export class Stage {
  readonly root = mkdtempSync(join(realpathSync(tmpdir()), 'colibri-demo-'));
  readonly teller: Teller;
  readonly signal: AbortSignal;
  #server: EmbeddedServer | undefined;
  #serverEnded = false;
  #client: Colibri | undefined;
  #parts: Parts | undefined;
  readonly #struck = new AbortController();
  readonly #asides: Promise<void>[] = [];

  constructor(teller: Teller, signal: AbortSignal) {
    this.teller = teller;
    this.signal = signal;
  }

  /** Starts the server, on free ports and a database in the folder. */
  async open({ webUi }: { webUi: boolean }): Promise<void> {
    const dbFile = join(this.root, 'server', 'temporal.db');
    this.#server = await startEmbeddedServer({ port: 0, uiPort: webUi ? 0 : null, dbFile });
    void this.#server.exited.then(() => {
      this.#serverEnded = true;
    });
    // A file that is not there: a person's own settings of Temporal are for other servers.
    const env = { TEMPORAL_ADDRESS: this.#server.address, TEMPORAL_CONFIG_FILE: join(this.root, 'no-temporal.toml') };
    this.#parts = new Parts({ ...workerEnvironment(this.folder('home')), ...env });
    this.#client = await Colibri.connect({ env, timeoutMs: 20_000 });
  }

  get server(): EmbeddedServer {
    return opened(this.#server);
  }

  get client(): Colibri {
    return opened(this.#client);
  }

  /** Starts `colibri` with these arguments in a process of its own that keeps its files in the folder. */
  start(name: string, args: readonly string[]): void {
    opened(this.#parts).start(name, args, this.folder(name));
  }

  get parts(): Parts {
    return opened(this.#parts);
  }

  /** A folder below the root, made when it is not there. */
  folder(name: string): string {
    const path = join(this.root, name);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    return path;
  }

  /** Throws a DemoFailure when the server or a part of the fleet has ended by itself. */
  check(): void {
    if (this.#serverEnded) throw new DemoFailure("Temporal's server ended by itself");
    this.#parts?.check();
  }

  /**
   * Looks again and again until `look` finds something, and gives that. Throws a DemoFailure when it does not within
   * `withinS` seconds or when a part of the fleet ends meanwhile, and the signal's reason when that is aborted.
   */
  async until<T>(what: string, withinS: number, look: () => Promise<T | undefined> | T | undefined): Promise<T> {
    const deadline = performance.now() + withinS * 1000;
    for (;;) {
      this.signal.throwIfAborted();
      this.check();
      const found = await unlessUnreachable(look);
      if (found !== undefined) return found;
      if (performance.now() > deadline) throw new DemoFailure(`${what}: not within ${withinS} s`);
      await delay(LOOK_EVERY_MS, undefined, { signal: this.signal }).catch(() => undefined);
    }
  }

  /** Lets something go on beside the story, until it ends or the stage is struck. What goes wrong with it is not told. */
  aside(run: (signal: AbortSignal) => Promise<void>): void {
    const { signal } = this.#struck;
    // Every call of the client listens to it.
    setMaxListeners(0, signal);
    const done = this.client.connected.connection.withAbortSignal(signal, () => run(signal));
    this.#asides.push(done.catch(() => undefined));
  }

  /** For when there is no time left: kills what was started and removes the folder, at once. */
  collapse(): void {
    this.#parts?.collapse();
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Stops and removes everything, however far it came, and gives what could not be. */
  async strike(): Promise<Leftovers> {
    // Calls in flight first, while the server answers: the client repeats one that fails otherwise, even when closed.
    this.#struck.abort();
    await Promise.all(this.#asides);
    await this.#parts?.stop();
    await this.#client?.close();
    await this.#server?.stop();
    return removeAll(this.root, this.#server ? [this.#server.address, this.#server.uiUrl] : []);
  }
}

/** A machine under load may be slow to answer: that is no answer yet, and no failure. */
async function unlessUnreachable<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T | undefined> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof ColibriError && error.code === 'unreachable') return undefined;
    throw error;
  }
}

function opened<T>(part: T | undefined): T {
  if (part === undefined) throw new Error('the stage is not open');
  return part;
}
