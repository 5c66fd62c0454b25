import { backoffMs } from './backoff.ts';
import { type DeclineReason, type Route, RouteState } from './route-state.ts';

/** The routes of a pool, and which of them could be polled now. */
export class RouteTable {
  /** Open ones, and closed ones until their last poll is back. */
  readonly #all = new Map<string, RouteState>();
  /** Open, no poll out, not resting. */
  readonly idle = new Set<RouteState>();
  readonly #onRested: () => void;

  constructor(onRested: () => void) {
    this.#onRested = onRested;
  }

  get size(): number {
    return this.#all.size;
  }

  open(): RouteState[] {
    return [...this.#all.values()].filter((route) => route.open);
  }

  /** Makes `routes` the open ones. @returns how many were not open before. */
  replace(routes: readonly Route[]): number {
    const wanted = new Map(routes.map((route) => [route.queue, route]));
    for (const state of this.#all.values()) if (state.open && !wanted.has(state.queue)) this.#close(state);
    let opened = 0;
    for (const route of wanted.values()) {
      const known = this.#all.get(route.queue);
      const state = known ?? new RouteState(route);
      state.tags = route.tags;
      if (known?.open) continue;
      state.open = true;
      this.#all.set(route.queue, state);
      if (!state.polling) this.idle.add(state);
      opened += 1;
    }
    return opened;
  }

  pollLeft(route: RouteState): void {
    this.idle.delete(route);
    route.polling = true;
  }

  pollBack(route: RouteState): void {
    route.polling = false;
    route.lastPolledAt = performance.now();
    if (!route.open) this.#all.delete(route.queue);
    else if (!route.resting) this.idle.add(route);
  }

  /** Not to be polled for a while: for `atLeastMs`, longer the more trouble it gave in a row. */
  rest(route: RouteState, atLeastMs: number): void {
    if (!route.open) return;
    route.troubles += 1;
    this.idle.delete(route);
    clearTimeout(route.resting);
    const ms = Math.max(atLeastMs, backoffMs(route.troubles));
    route.resting = setTimeout(() => {
      route.resting = undefined;
      if (route.open && !route.polling) this.idle.add(route);
      this.#onRested();
    }, ms);
  }

  declines(): Record<string, Partial<Record<DeclineReason, number>>> {
    return Object.fromEntries(this.open().flatMap(({ queue, declines }) => (declines ? [[queue, declines]] : [])));
  }

  stopTimers(): void {
    for (const { resting } of this.#all.values()) clearTimeout(resting);
  }

  #close(route: RouteState): void {
    route.open = false;
    this.idle.delete(route);
    clearTimeout(route.resting);
    route.resting = undefined;
    if (!route.polling) this.#all.delete(route.queue);
  }
}
