import { condition, proxyActivities } from '@temporalio/workflow';
import type { Drain, Draining } from '../schemas/fleet.ts';
import type { HostState } from './host.ts';
import type { HostActivities } from './messages.ts';
import { hostQueue } from './rules.ts';

/** The first protocol whose workers hand over when they are told to. */
const HANDS_OVER_SINCE = 2;
/** Between two tries to tell a host that does not take it in. */
const AGAIN = '5s';

/** What a new order makes of the drain that holds: what it does not say stays as it was. */
export function drainAfter(order: Draining, before: Drain | undefined, nowMs: number): Drain | undefined {
  if (!order.draining) return undefined;
  const { by, reason, deadlineMs } = order;
  return {
    since: before?.since ?? new Date(nowMs).toISOString(),
    by: by ?? before?.by ?? null,
    reason: reason ?? before?.reason ?? null,
    deadlineAt: deadlineMs === undefined ? (before?.deadlineAt ?? null) : new Date(nowMs + deadlineMs).toISOString(),
    handedOverAt: deadlineMs === undefined ? (before?.handedOverAt ?? null) : null,
  };
}

/** Ends what a draining host still runs at its deadline, as soon as the host can be told. */
export class DrainDeadline {
  readonly #state: HostState;
  readonly #isLive: () => boolean;
  /** This run of the workflow ends: the next one goes on with it. */
  readonly #isEnding: () => boolean;
  readonly #tell: () => Promise<void>;
  #telling = false;

  constructor(state: HostState, isLive: () => boolean, isEnding: () => boolean, tell: () => Promise<void>) {
    this.#state = state;
    this.#isLive = isLive;
    this.#isEnding = isEnding;
    this.#tell = tell;
  }

  /** Whether the host is just being told; to be awaited before this run of the workflow ends. */
  get isTelling(): boolean {
    return this.#telling;
  }

  /** To be called for each new drain, and for the one that a former run of the workflow left. */
  watch(): void {
    const { drain } = this.#state;
    if (!drain || drain.deadlineAt === null || drain.handedOverAt !== null) return;
    // It fails only when the workflow is cancelled, and must not keep it from ending.
    this.#handOverAt(drain, Date.parse(drain.deadlineAt)).catch(() => undefined);
  }

  async #handOverAt(drain: Drain, deadlineMs: number): Promise<void> {
    const isOver = () => this.#state.drain !== drain || this.#isEnding();
    const leftMs = deadlineMs - Date.now();
    if (leftMs > 0 && (await condition(isOver, leftMs))) return;
    for (;;) {
      // One that is away runs nothing for longer than its lease; one that comes back is told then.
      await condition(() => isOver() || this.#canHandOver());
      if (isOver()) return;
      const done = await this.#handOver(drain);
      if (done || (await condition(isOver, AGAIN))) return;
    }
  }

  async #handOver(drain: Drain): Promise<boolean> {
    const { name, registration } = this.#state;
    const { handOver } = proxyActivities<HostActivities>({
      taskQueue: registration?.queue ?? hostQueue(name),
      scheduleToStartTimeout: '10s',
      startToCloseTimeout: '10s',
      retry: { maximumAttempts: 1 },
    });
    this.#telling = true;
    try {
      await handOver({ why: `drained${drain.by === null ? '' : ` by ${drain.by}`}, the deadline has passed` });
      drain.handedOverAt = new Date(Date.now()).toISOString();
      if (this.#state.drain === drain) await this.#tell();
      return true;
    } catch {
      return false;
    } finally {
      this.#telling = false;
    }
  }

  #canHandOver(): boolean {
    return this.#isLive() && (this.#state.registration?.protocol ?? 0) >= HANDS_OVER_SINCE;
  }
}
