import { bootClockMs, bootId } from '../boot-clock.ts';
import { type RunTask, removeRecord, writeRecord } from '../host/run-records.ts';
import { removeCgroup } from './cgroup.ts';
import type { Containment, WrappedCommand } from './containment.ts';
import { endTree } from './end-tree.ts';
import type { Command, LeashEvent } from './messages.ts';
import { COOKIE_VARIABLE, startOf } from './process-table.ts';
import { leaseTimes } from './schedule.ts';
import { newCookie } from './state-id.ts';
import type { Tree } from './tree.ts';
import { TreeHunter } from './tree-hunter.ts';

export interface HoldOptions {
  runId: string;
  /** Length of the lease in milliseconds. */
  leaseMs: number;
  /** Time between TERM and KILL when the leash ends the run by itself, as far as the lease allows it. */
  graceMs: number;
  /** When the request was sent whose answer gave or renewed the lease, on the boot clock. */
  sentAt: number;
  /** The task to give back if the worker dies; without it the run's record goes with `release`. */
  task?: RunTask;
}

/** The worker's side of one run on the leash. */
export interface Hold {
  readonly runId: string;
  /** To be added to the environment of the run. */
  readonly env: Readonly<Record<string, string>>;
  /** Aborts when the leash ends the run by itself; its `reason` is a sentence. */
  readonly fenced: AbortSignal;
  /** Whether the lease is past its time for TERM, as counted here: true before `fenced` is heard of. */
  lapsed(): boolean;
  /** What to spawn, in a session of its own, so that `command` runs in the run's containment. */
  wrap(command: readonly string[], env?: Readonly<Record<string, string>>): WrappedCommand;
  /** Names the first process. To be called in the tick that spawned it. Throws when the record cannot be written. */
  started(pid: number): Promise<void>;
  /** The lease was renewed by a request sent at this time on the boot clock. */
  renew(sentAt: number): void;
  /**
   * TERM to the whole tree, grace, KILL. Resolves when it is verified empty, with the number that the first look found
   * alive. A leash that does not answer meanwhile is replaced, and its successor asked again.
   */
  end(how: { graceMs: number; reason: string }): Promise<{ alive: number }>;
  /** Whether no process of the run lives. Throws when the process table cannot be read. */
  empty(): Promise<boolean>;
  /**
   * Kills what is left, verifies that nothing is, and takes the run off the leash. The record of a run with a task
   * stays until `removeRecord`: only the caller knows when the server has heard of the end.
   */
  release(): Promise<void>;
}

interface Waiter<T> {
  resolve(value: T): void;
}

/** A hold that outlives the leash it was given to: all that a new leash must hear can be said again. */
export class LeashHold implements Hold {
  readonly runId: string;
  readonly env: Readonly<Record<string, string>>;
  readonly #stateDir: string;
  readonly #options: HoldOptions;
  readonly #containment: Containment;
  readonly #send: (command: Command) => void;
  readonly #onReleased: () => void;
  readonly #tree: Tree;
  readonly #fence = new AbortController();
  readonly #waiting = {
    held: [] as Waiter<void>[],
    ending: [] as Waiter<number>[],
    ended: [] as Waiter<void>[],
    released: [] as Waiter<void>[],
  };
  #sentAtMs: number;
  #end: { graceMs: number; reason: string } | null = null;
  #release: Promise<void> | null = null;
  /** Set once there is no leash to be had: the run is ended from this process. */
  #alone = false;

  /** Writes the run's record and makes its place; throws when either cannot be had. */
  constructor(
    stateDir: string,
    options: HoldOptions,
    containment: Containment,
    send: (command: Command) => void,
    onReleased: () => void,
  ) {
    this.runId = options.runId;
    this.#stateDir = stateDir;
    this.#options = options;
    this.#containment = containment;
    this.#send = send;
    this.#onReleased = onReleased;
    this.#sentAtMs = options.sentAt;
    const cookie = newCookie(stateDir);
    this.env = { [COOKIE_VARIABLE]: cookie };
    this.#tree = { cookie, cgroup: containment.open(cookie), leader: null, sinceMs: bootClockMs() };
    try {
      this.#record();
    } catch (error) {
      if (this.#tree.cgroup !== null) removeCgroup(this.#tree.cgroup);
      throw error;
    }
  }

  get fenced(): AbortSignal {
    return this.#fence.signal;
  }

  lapsed(): boolean {
    return bootClockMs() >= leaseTimes(this.#sentAtMs, this.#options.leaseMs).termAtMs;
  }

  wrap(command: readonly string[], env: Readonly<Record<string, string>> = {}): WrappedCommand {
    return this.#containment.wrap(this.#tree.cgroup, command, env);
  }

  async started(pid: number): Promise<void> {
    const leader = { pid, startMs: startOf(pid) ?? 0 };
    this.#tree.leader = leader;
    this.#send({ do: 'started', runId: this.runId, leader });
    this.#record();
  }

  renew(sentAt: number): void {
    this.#sentAtMs = Math.max(this.#sentAtMs, sentAt);
    this.#send({ do: 'renew', runId: this.runId, sentAtMs: sentAt });
  }

  async end(how: { graceMs: number; reason: string }): Promise<{ alive: number }> {
    if (this.#release !== null) {
      await this.#release;
      return { alive: 0 };
    }
    if (this.#alone) return { alive: await endTree(this.#tree, how.graceMs) };
    this.#end = how;
    const alive = this.#wait(this.#waiting.ending);
    const ended = this.#wait(this.#waiting.ended);
    this.#send({ do: 'end', runId: this.runId, ...how });
    await ended;
    return { alive: await alive };
  }

  async empty(): Promise<boolean> {
    return new TreeHunter().survey(this.#tree).alive.length === 0;
  }

  release(): Promise<void> {
    this.#release ??= this.#releaseOnce();
    return this.#release;
  }

  async #releaseOnce(): Promise<void> {
    if (this.#alone) {
      await endTree(this.#tree, 0);
    } else {
      const released = this.#wait(this.#waiting.released);
      this.#send({ do: 'release', runId: this.runId });
      await released;
    }
    this.#onReleased();
    if (this.#options.task === undefined) removeRecord(this.#stateDir, this.runId);
  }

  /** Says to a leash, the first or a new one, all that it must know of this run. Resolves when it has it. */
  async register(): Promise<void> {
    if (this.#alone) return;
    const { runId } = this;
    const { leaseMs, graceMs } = this.#options;
    const held = this.#wait(this.#waiting.held);
    this.#send({ do: 'hold', runId, tree: this.#tree, leaseMs, graceMs, sentAtMs: this.#sentAtMs });
    if (this.fenced.aborted) this.#send({ do: 'end', runId, graceMs: 0, reason: String(this.fenced.reason) });
    if (this.#waiting.ended.length > 0 && this.#end !== null) {
      // One for each answer that is still to come.
      for (const _ of this.#waiting.ending) this.#send({ do: 'end', runId, ...this.#end });
      if (this.#waiting.ending.length === 0) this.#send({ do: 'end', runId, ...this.#end });
    }
    if (this.#waiting.released.length > 0) this.#send({ do: 'release', runId });
    await held;
  }

  /** What the leash says of this run. */
  hear(event: LeashEvent): void {
    switch (event.is) {
      case 'held':
      case 'ended':
      case 'released':
        for (const waiter of this.#waiting[event.is].splice(0)) waiter.resolve();
        break;
      case 'ending':
        this.#waiting.ending.shift()?.resolve(event.alive);
        break;
      case 'fenced':
        this.#fence.abort(event.reason);
    }
  }

  /** There is no leash to be had: ends the run from here, since nobody would if this process stopped. */
  async standAlone(reason: string): Promise<void> {
    this.#alone = true;
    this.#fence.abort(reason);
    const alive = await endTree(this.#tree, Math.min(this.#options.graceMs, 2_000));
    for (const waiter of this.#waiting.ending.splice(0)) waiter.resolve(alive);
    const { held, ended, released } = this.#waiting;
    for (const waiter of [...held.splice(0), ...ended.splice(0), ...released.splice(0)]) waiter.resolve();
  }

  #wait<T>(queue: Waiter<T>[]): Promise<T> {
    return new Promise((resolve) => queue.push({ resolve }));
  }

  #record(): void {
    const { cookie, cgroup, leader } = this.#tree;
    writeRecord(this.#stateDir, {
      runId: this.runId,
      pgid: leader?.pid ?? null,
      startMs: leader?.startMs ?? null,
      cookie,
      cgroup,
      bootId: bootId(),
      task: this.#options.task ?? null,
      at: Date.now(),
      endedAt: null,
    });
  }
}
