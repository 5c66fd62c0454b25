import { bootClockMs } from '../boot-clock.ts';
import type { ActivityGateway } from './polling/gateway.ts';
import type { ActivityTask, PollLog } from './polling/types.ts';

/** Heartbeats per lease: five may be lost in a row before the agent is told to end. */
const BEATS_PER_LEASE = 6;
/** A heartbeat not answered by then is of no use: the agent is being ended (TERM at 0.6 of the lease). */
const ANSWER_WITHIN = 0.6;

export interface AttemptLeaseOptions {
  gateway: Pick<ActivityGateway, 'heartbeat'>;
  task: ActivityTask;
  /** The attempt's heartbeat timeout as the server counts it. */
  leaseMs: number;
  details: () => unknown;
  /** An acknowledgement came for a heartbeat sent at this time of the boot clock. */
  onRenewed: (sentAtMs: number) => void;
  onCancelRequested: () => void;
  /** The server gave the attempt up; whatever runs for it must end now. */
  onLost: () => void;
  log: PollLog;
}

/**
 * Holds one attempt by acknowledged heartbeats. They overlap when the link is slow: each answer counts from the time its
 * own heartbeat was sent, since the server's clock cannot have started earlier.
 */
export class AttemptLease {
  readonly #options: AttemptLeaseOptions;
  #timer: NodeJS.Timeout | undefined;
  #over = false;
  #failing = false;

  constructor(options: AttemptLeaseOptions) {
    this.#options = options;
  }

  /** The first heartbeat, which must be answered before anything is started. */
  async open(): Promise<'ok' | 'cancel-requested' | 'lost'> {
    const { gateway, task, leaseMs, details } = this.#options;
    const { status } = await gateway.heartbeat(task, details(), leaseMs * ANSWER_WITHIN);
    return status;
  }

  start(): void {
    this.#timer = setInterval(() => void this.beat(), this.#options.leaseMs / BEATS_PER_LEASE);
  }

  /** A heartbeat now: the way to learn of a cancellation at once. */
  async beat(): Promise<void> {
    const { gateway, task, leaseMs, details, onRenewed, onCancelRequested, onLost, log } = this.#options;
    if (this.#over) return;
    const sentAtMs = bootClockMs();
    try {
      const { status } = await gateway.heartbeat(task, details(), leaseMs * ANSWER_WITHIN);
      if (this.#over) return;
      this.#failing = false;
      if (status === 'lost') {
        this.stop();
        onLost();
        return;
      }
      onRenewed(sentAtMs);
      if (status === 'cancel-requested') onCancelRequested();
    } catch (error) {
      if (!this.#failing)
        log.warn(
          { error: (error as Error).message },
          'heartbeat not acknowledged; the lease runs on from the last one that was',
        );
      this.#failing = true;
    }
  }

  stop(): void {
    this.#over = true;
    clearInterval(this.#timer);
  }
}
