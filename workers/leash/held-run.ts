import { bootClockMs } from '../boot-clock.ts';
import { cgroupPids } from './cgroup.ts';
import type { ProcessEntry, ProcessId } from './process-table.ts';
import { leaseTimes } from './schedule.ts';
import type { Tree } from './tree.ts';
import { EmptyCheck, type Survey, TreeHunter } from './tree-hunter.ts';

/** A tree that is being ended is looked at again soon at first, as most end at once, then less often. */
const FIRST_PASS_MS = 5;
const LAST_PASS_MS = 80;
/** How soon again when looking failed: what the machine is short of is not to be asked for all the time. */
const AFTER_FAILED_LOOK_MS = 100;
/**
 * How often a held run is looked at. Timers stand still while the machine is suspended, so this is also how soon
 * after waking an expired lease is seen.
 */
const WATCH_MS = 500;

export interface RunEvents {
  fenced(reason: string): void;
  ending(alive: number): void;
  ended(): void;
  fault(message: string): void;
}

/**
 * One run on the leash: from the promise to start it until its tree is verified empty. What is asked of it is only
 * noted; `tick` alone looks, signals and tells, and goes on until it has worked.
 */
export class HeldRun {
  readonly tree: Tree;
  readonly #leaseMs: number;
  readonly #graceMs: number;
  readonly #events: RunEvents;
  readonly #hunter: TreeHunter;
  #sentAtMs: number;
  #passMs = FIRST_PASS_MS;
  #phase: 'held' | 'term' | 'kill' | 'empty' = 'held';
  #emptyLookMs = 0;
  #killAtMs = Number.POSITIVE_INFINITY;
  #check = new EmptyCheck();
  /** Requests to end that are still to be answered with what a look found. */
  #unanswered = 0;
  /** Why the run is fenced, until that is told. */
  #untold: string | null = null;
  #cannotLook = false;
  #killedAtMs = 0;
  #saidOverdue = false;
  #beyond = new Set<number>();

  constructor(
    spec: { tree: Tree; leaseMs: number; graceMs: number; sentAtMs: number },
    spare: Iterable<ProcessId>,
    events: RunEvents,
  ) {
    this.tree = spec.tree;
    this.#leaseMs = spec.leaseMs;
    this.#graceMs = spec.graceMs;
    this.#sentAtMs = spec.sentAtMs;
    this.#events = events;
    this.#hunter = new TreeHunter(spare);
  }

  get isEmpty(): boolean {
    return this.#phase === 'empty';
  }

  started(leader: ProcessId): void {
    this.tree.leader = leader;
  }

  /** Renewals may arrive late or out of order: only the newest counts, and none from the future. */
  renew(sentAtMs: number, nowMs: number): void {
    this.#sentAtMs = Math.max(this.#sentAtMs, Math.min(sentAtMs, nowMs));
  }

  /** The tree is to be ended because the worker asks for it; `tick` does it and tells. */
  end(graceMs: number, nowMs: number): void {
    this.#unanswered += 1;
    this.#begin(nowMs + graceMs);
    // Asked again of an ended run: it is looked at again and told again.
    if (this.isEmpty) this.#kill(nowMs);
  }

  /** The tree is to be ended, with no more than `maxGraceMs` of grace, because the right to run it is lost. */
  fence(reason: string, maxGraceMs: number, nowMs: number): void {
    if (this.#phase === 'held') this.#untold = reason;
    this.#begin(nowMs + Math.min(this.#graceMs, maxGraceMs));
  }

  /**
   * Does whatever is due; returns how many milliseconds may pass before the next call. When `readTable` throws it does
   * what can be done without a table, and tells of no process: a look that failed says nothing about any.
   */
  tick(nowMs: number, readTable: () => readonly ProcessEntry[]): number {
    const times = leaseTimes(this.#sentAtMs, this.#leaseMs);
    if (this.#phase === 'held') {
      if (nowMs < times.termAtMs) return Math.min(WATCH_MS, times.termAtMs - nowMs);
      const agoMs = Math.round(nowMs - this.#sentAtMs);
      const reason = `lease not renewed: last acknowledged renewal sent ${agoMs} ms ago, lease ${this.#leaseMs} ms`;
      this.fence(reason, Math.max(0, times.killAtMs - nowMs), nowMs);
    }
    const killAtMs = Math.min(this.#killAtMs, times.killAtMs);
    if (this.#phase === 'term' && nowMs >= killAtMs) this.#kill(nowMs);
    // An ended run is watched until it is released: a worker that was stopped in the middle of starting it may go on.
    if (this.isEmpty && nowMs < this.#emptyLookMs + WATCH_MS) return this.#emptyLookMs + WATCH_MS - nowMs;
    const looked = this.#look(readTable);
    if (this.isEmpty) return WATCH_MS;
    const nextMs = looked ? this.#nextPassMs() : AFTER_FAILED_LOOK_MS;
    if (this.#phase === 'term') return Math.min(nextMs, killAtMs - nowMs);
    // The same time for dying as the lease gives, also where its deadlines had passed before they could be seen.
    const overdue = nowMs > Math.max(times.emptyByMs, this.#killedAtMs + this.#leaseMs / 6);
    if (looked && overdue && !this.#saidOverdue) {
      this.#saidOverdue = true;
      this.#events.fault('processes of the run outlive their last deadline, though killed again and again');
    }
    return nextMs;
  }

  #nextPassMs(): number {
    const passMs = this.#passMs;
    this.#passMs = Math.min(2 * passMs, LAST_PASS_MS);
    return passMs;
  }

  #begin(killAtMs: number): void {
    this.#killAtMs = Math.min(this.#killAtMs, killAtMs);
    if (this.#phase === 'held') this.#phase = 'term';
  }

  #kill(nowMs: number): void {
    this.#phase = 'kill';
    this.#killedAtMs = nowMs;
    this.#passMs = FIRST_PASS_MS;
  }

  /** Looks at the tree, with the signal that is due; false when that failed. */
  #look(readTable: () => readonly ProcessEntry[]): boolean {
    let survey: Survey | null = null;
    let failure: unknown;
    try {
      survey = this.#hunter.pass(this.tree, this.#phase === 'term' ? 'SIGTERM' : 'SIGKILL', () =>
        this.#unanswered > 0 && hasEmptyCgroup(this.tree) ? [] : readTable(),
      );
    } catch (error) {
      failure = error;
    }
    // Told after the look: what a worker starts on hearing it comes too late for TERM, and is killed.
    if (this.#untold !== null) this.#events.fenced(this.#untold);
    this.#untold = null;
    if (survey === null) {
      if (!this.#cannotLook) this.#events.fault(`its processes cannot be looked for, trying on: ${String(failure)}`);
      this.#cannotLook = true;
      return false;
    }
    this.#cannotLook = false;
    for (; this.#unanswered > 0; this.#unanswered -= 1) this.#events.ending(survey.alive.length);
    this.#judge(survey);
    return true;
  }

  #judge(survey: Survey): void {
    for (const { pid } of survey.beyond) {
      if (this.#beyond.has(pid)) continue;
      this.#beyond.add(pid);
      this.#events.fault(`process ${pid} of the run belongs to another user and cannot be ended from here`);
    }
    if (!this.#check.passed(this.tree, survey.alive.length)) return;
    this.#emptyLookMs = bootClockMs();
    if (this.isEmpty) return;
    this.#phase = 'empty';
    // The number of a group that has no members left may be given to another.
    this.tree.leader = null;
    this.#events.ended();
  }
}

/** Nothing leaves a cgroup: one that is empty says all, and on a busy machine the process table is long. */
function hasEmptyCgroup(tree: Tree): boolean {
  return tree.cgroup !== null && cgroupPids(tree.cgroup).length === 0;
}
