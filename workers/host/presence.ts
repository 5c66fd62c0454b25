import type { PresenceDetails } from '../../schemas/fleet.ts';
import { bootClockMs } from '../boot-clock.ts';
import type { ActivityGateway } from './polling/gateway.ts';
import type { ActivityTask } from './polling/types.ts';

const BEATS_PER_LEASE = 6;
/** Changes of what runs are told at once, but not more often than this. */
const CHANGE_MS = 200;

export interface PresenceOptions {
  gateway: Pick<ActivityGateway, 'heartbeat' | 'complete' | 'cancelled'>;
  leaseMs: number;
  details: () => PresenceDetails;
  /** The server no longer counts this presence: register again. May be called again while that is under way. */
  onLost: (why: string) => void;
}

/**
 * Keeps the host's `presence` activity alive by heartbeats that say what the host does. Without one for a lease after
 * registering (the control worker was away, say) it asks to be registered again.
 */
export class Presence {
  readonly #options: PresenceOptions;
  #task: ActivityTask | undefined;
  #timer: NodeJS.Timeout | undefined;
  #change: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Boot clock: when presence was last confirmed, asked for or promised. */
  #confirmedAt = bootClockMs();
  /** Boot clock: when one was last promised that has not come yet. */
  #promisedAt = Number.NEGATIVE_INFINITY;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.#tick(), options.leaseMs / BEATS_PER_LEASE);
  }

  /** Takes a presence task, in place of an older one. */
  hold(task: ActivityTask): void {
    this.#task = task;
    this.#confirmedAt = bootClockMs();
    void this.#beat();
  }

  /** The host was registered: a presence comes within a lease, in place of one that is held from before. */
  promised(): void {
    this.#promisedAt = bootClockMs();
    this.#confirmedAt = this.#promisedAt;
  }

  /** Something that heartbeats tell has changed. */
  changed(): void {
    if (this.#change || this.#stopped) return;
    this.#change = setTimeout(() => {
      this.#change = undefined;
      void this.#beat();
    }, CHANGE_MS);
  }

  /** Takes leave: the host is offline from now on, not stale. */
  async leave(reason: string): Promise<void> {
    this.#stop();
    const task = this.#task;
    this.#task = undefined;
    if (task) await this.#options.gateway.complete(task, { reason }, 2_000).catch(() => undefined);
  }

  #tick(): void {
    if (this.#task) {
      void this.#beat();
    } else if (bootClockMs() - this.#confirmedAt > this.#options.leaseMs) {
      this.#lost('no presence was given');
    }
  }

  async #beat(): Promise<void> {
    const { gateway, leaseMs, details } = this.#options;
    const task = this.#task;
    if (!task || this.#stopped) return;
    const sentAt = bootClockMs();
    try {
      const { status } = await gateway.heartbeat(task, details(), leaseMs);
      if (task !== this.#task) return;
      if (status === 'ok') {
        this.#confirmedAt = bootClockMs();
        // A registration ends what was held before, so this is the presence it promised: only another worker can end it.
        if (sentAt >= this.#promisedAt) this.#promisedAt = Number.NEGATIVE_INFINITY;
        return;
      }
      this.#task = undefined;
      if (status === 'cancel-requested') await gateway.cancelled(task, undefined, 2_000).catch(() => undefined);
      if (status === 'lost') this.#lost('the server counts this host as gone');
      // Soon after a registration it is our own that replaces what was held; whether its presence comes the ticks watch.
      else if (!this.#task && bootClockMs() - this.#promisedAt > leaseMs) this.#lost('replaced');
    } catch {
      // The gateway says when the link is down; the next tick tries again.
    }
  }

  #lost(why: string): void {
    if (this.#stopped) return;
    this.#confirmedAt = bootClockMs();
    this.#options.onLost(why);
  }

  #stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#change);
  }
}
