import { bootClockMs } from '../boot-clock.ts';
import type { ProcessEntry, ProcessId } from './process-table.ts';
import { leaseTimes } from './schedule.ts';
import { EmptyCheck, type Survey, type Tree, TreeHunter } from './tree.ts';

/** A tree that is being ended is looked at again soon at first, as most end at once, then less often. */
const FIRST_PASS_MS = 5;
const LAST_PASS_MS = 80;
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

/** One run on the leash: from the promise to start it until its tree is verified empty. */
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

  /** Ends the tree because the worker asks for it. */
  end(graceMs: number, nowMs: number, table: readonly ProcessEntry[]): void {
    const survey = this.#hunter.survey(this.tree, table);
    const wasEmpty = this.isEmpty;
    this.#begin(nowMs + graceMs, nowMs, table);
    this.#events.ending(survey.alive.length);
    this.#judge(survey);
    if (wasEmpty) this.#events.ended();
  }

  /** Ends the tree because the right to run it is lost, with no more than `maxGraceMs` of grace. */
  fence(reason: string, maxGraceMs: number, nowMs: number, table: readonly ProcessEntry[]): void {
    if (this.#phase === 'held') this.#events.fenced(reason);
    this.#begin(nowMs + Math.min(this.#graceMs, maxGraceMs), nowMs, table);
  }

  /** Does whatever is due; returns how many milliseconds may pass before the next call. */
  tick(nowMs: number, readTable: () => readonly ProcessEntry[]): number {
    const times = leaseTimes(this.#sentAtMs, this.#leaseMs);
    if (this.#phase === 'held') {
      if (nowMs < times.termAtMs) return Math.min(WATCH_MS, times.termAtMs - nowMs);
      const agoMs = Math.round(nowMs - this.#sentAtMs);
      const reason = `lease not renewed: last acknowledged renewal sent ${agoMs} ms ago, lease ${this.#leaseMs} ms`;
      this.fence(reason, Math.max(0, times.killAtMs - nowMs), nowMs, readTable());
    }
    if (this.#phase === 'term') {
      const killAtMs = Math.min(this.#killAtMs, times.killAtMs);
      if (nowMs < killAtMs) {
        this.#judge(this.#hunter.survey(this.tree, readTable()));
        return this.isEmpty ? WATCH_MS : Math.min(this.#nextPassMs(), killAtMs - nowMs);
      }
      this.#phase = 'kill';
      this.#killedAtMs = nowMs;
      this.#passMs = FIRST_PASS_MS;
    }
    // An ended run is watched until it is released: a worker that was stopped in the middle of starting it may go on.
    if (this.isEmpty && nowMs < this.#emptyLookMs + WATCH_MS) return this.#emptyLookMs + WATCH_MS - nowMs;
    this.#judge(this.#hunter.signal(this.tree, 'SIGKILL', readTable()));
    if (this.isEmpty) return WATCH_MS;
    // The same time for dying as the lease gives, also where its deadlines had passed before they could be seen.
    if (nowMs > Math.max(times.emptyByMs, this.#killedAtMs + this.#leaseMs / 6) && !this.#saidOverdue) {
      this.#saidOverdue = true;
      this.#events.fault('processes of the run outlive their last deadline, though killed again and again');
    }
    return this.#nextPassMs();
  }

  #nextPassMs(): number {
    const passMs = this.#passMs;
    this.#passMs = Math.min(2 * passMs, LAST_PASS_MS);
    return passMs;
  }

  #begin(killAtMs: number, nowMs: number, table: readonly ProcessEntry[]): void {
    this.#killAtMs = Math.min(this.#killAtMs, killAtMs);
    if (this.#phase !== 'held') return;
    this.#phase = this.#killAtMs > nowMs ? 'term' : 'kill';
    this.#killedAtMs = nowMs;
    this.#hunter.signal(this.tree, this.#phase === 'term' ? 'SIGTERM' : 'SIGKILL', table);
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
    this.#events.ended();
  }
}
