import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Containment, type ContainmentKind, chooseContainment } from './containment.ts';
import { type Hold, type HoldOptions, LeashHold } from './hold.ts';
import { LeashProcess } from './leash-process.ts';
import { LeashWatch } from './leash-watch.ts';
import { type Logger, silentLogger } from './logger.ts';
import type { LeashEvent } from './messages.ts';

export type { Hold, HoldOptions } from './hold.ts';

export interface LeashOptions {
  /** The worker's state folder, of this worker alone. */
  stateDir: string;
  log?: Logger;
  /** Where a cgroup hierarchy is mounted if none is; default: in the state folder. */
  mountDir?: string;
  /** Whether another worker uses that mount as well, which then stays when this leash is closed. */
  isMountShared?: () => boolean;
  /** Called when the leash ends a run by itself, as the hold's `fenced` aborts. */
  onFenced?: (runId: string, reason: string) => void;
}

/** The leash of a host worker: keeps its runs, and ends them when the worker cannot. */
export interface Leash {
  /** How the processes of a run are kept together on this host. */
  readonly containment: ContainmentKind;
  /** Process id of the present leash; it changes when a dead leash is replaced. */
  readonly pid: number;
  /**
   * Puts a run on the leash. Resolves when the leash has acknowledged it: only then may the run be started.
   * Throws when the run's record or cgroup cannot be made, or no leash can be had.
   */
  hold(options: HoldOptions): Promise<Hold>;
  /** Ends what is still held, then the leash. */
  close(): Promise<void>;
}

/** Waits before each attempt to start a new leash in place of a dead one. */
const RESTART_WAITS_MS = [0, 200, 1_000];
const CLOSE_GRACE_MS = 2_000;

/** Starts the leash. Throws when it cannot be started or when a containment asked for by name cannot be had. */
export async function startLeash(options: LeashOptions): Promise<Leash> {
  const { log = silentLogger } = options;
  const stateDir = resolve(options.stateDir);
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const { mountDir = stateDir, isMountShared = () => false } = options;
  const containment = await chooseContainment(stateDir, log, { dir: resolve(mountDir), isShared: isMountShared });
  const client = new LeashClient({ ...options, stateDir }, containment, log);
  try {
    await client.start();
  } catch (error) {
    containment.close();
    throw error;
  }
  return client;
}

class LeashClient implements Leash {
  readonly #options: LeashOptions;
  readonly #containment: Containment;
  readonly #log: Logger;
  readonly #holds = new Map<string, LeashHold>();
  /** Runs while anything is held: a leash that is stuck would end nothing, be it asked to or the lease lost. */
  readonly #watch: LeashWatch;
  #process: LeashProcess | null = null;
  #starting: Promise<void> | null = null;
  #closing = false;

  constructor(options: LeashOptions, containment: Containment, log: Logger) {
    this.#options = options;
    this.#containment = containment;
    this.#log = log;
    this.#watch = new LeashWatch(
      () => this.#process?.send({ do: 'ping' }),
      () => {
        if (this.#process === null) return; // Another is being started.
        log.error({ leash: this.pid }, 'the leash does not answer: replacing it');
        this.#process.kill();
      },
    );
  }

  get containment(): ContainmentKind {
    return this.#containment.kind;
  }

  get pid(): number {
    return this.#process?.pid ?? 0;
  }

  /** Starts the leash, unless that is under way or done. */
  start(): Promise<void> {
    if (this.#process !== null) return Promise.resolve();
    this.#starting ??= this.#start().finally(() => {
      this.#starting = null;
    });
    return this.#starting;
  }

  async #start(): Promise<void> {
    this.#process = await LeashProcess.start(this.#options.stateDir, this.#containment.folder, {
      event: (event) => this.#hear(event),
      gone: (how) => this.#onGone(how),
    });
    this.#watch.heard();
  }

  async hold(options: HoldOptions): Promise<Hold> {
    if (this.#closing) throw new Error('the leash is closing');
    if (this.#holds.has(options.runId)) throw new Error(`run ${options.runId} is on the leash already`);
    await this.start();
    const hold = new LeashHold(
      this.#options.stateDir,
      options,
      this.#containment,
      (command) => this.#process?.send(command),
      () => {
        this.#holds.delete(options.runId);
        if (this.#holds.size === 0) this.#watch.stop();
      },
    );
    this.#holds.set(options.runId, hold);
    this.#watch.start();
    await hold.register();
    return hold;
  }

  async close(): Promise<void> {
    this.#closing = true;
    const holds = [...this.#holds.values()];
    await Promise.all(
      holds.map(async (hold) => {
        await hold.end({ graceMs: CLOSE_GRACE_MS, reason: 'the worker stops' });
        await hold.release();
      }),
    );
    await this.#starting?.catch(() => {});
    await this.#process?.close();
    this.#containment.close();
  }

  #hear(event: LeashEvent): void {
    this.#watch.heard();
    if (event.is === 'fault') this.#log.error({}, event.message);
    if (event.is === 'fault' || event.is === 'ready' || event.is === 'pong') return;
    this.#holds.get(event.runId)?.hear(event);
    if (event.is !== 'fenced') return;
    this.#log.warn({ runId: event.runId, reason: event.reason }, 'the leash ends a run');
    this.#options.onFenced?.(event.runId, event.reason);
  }

  #onGone(how: string): void {
    this.#process = null;
    if (this.#closing && this.#holds.size === 0) return;
    this.#log.error({ how, holds: this.#holds.size }, 'the leash is gone: starting another');
    this.#starting = this.#replace().finally(() => {
      this.#starting = null;
    });
    this.#starting.catch(() => {}); // Logged; whoever awaits it hears it too.
  }

  async #replace(): Promise<void> {
    for (const waitMs of RESTART_WAITS_MS) {
      await sleep(waitMs);
      try {
        await this.#start();
        for (const hold of this.#holds.values()) void hold.register();
        return;
      } catch (error) {
        this.#log.error({ error: String(error) }, 'the leash could not be started again');
      }
    }
    const reason = 'the leash is gone and no other could be started';
    for (const [runId, hold] of this.#holds) {
      hold.standAlone(reason).catch((error: unknown) => {
        this.#log.error({ runId, error: String(error) }, 'a run could not be ended without a leash');
      });
      this.#options.onFenced?.(runId, reason);
    }
    throw new Error(reason);
  }
}
