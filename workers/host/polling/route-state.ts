import type { Backlog } from './types.ts';

/** A tag set with the queue of the tasks that need it. */
export interface Route {
  readonly queue: string;
  readonly tags: readonly string[];
}

export type DeclineReason = 'HostBusy' | 'HostDraining' | 'HostUnqualified';

/** A task sent back because the host was full; until `dueAt` no backlog shows it. */
export interface SentBack {
  readonly priority: number;
  readonly scheduledAt: number;
  /** Monotonic milliseconds. */
  readonly dueAt: number;
  /** How often in a row this route was sent back without getting a slot. */
  readonly times: number;
}

/** All that the pool keeps for a route; a thousand idle ones must cost little. */
export class RouteState implements Route {
  readonly queue: string;
  tags: readonly string[];
  /** False once the fleet closed it; its poll may still be out. */
  open = true;
  polling = false;
  /** Fires when a route that gave trouble may be polled again. */
  resting: NodeJS.Timeout | undefined;
  /** Polls in a row that ended in an error, or brought a task that the host may not run. */
  troubles = 0;
  seen: { readonly at: number; readonly backlog: Backlog | undefined } | undefined;
  lastPolledAt = performance.now();
  sentBack: SentBack | undefined;
  declines: Partial<Record<DeclineReason, number>> | undefined;

  constructor(route: Route) {
    this.queue = route.queue;
    this.tags = route.tags;
  }

  countDecline(reason: DeclineReason): void {
    this.declines ??= {};
    this.declines[reason] = (this.declines[reason] ?? 0) + 1;
  }
}
