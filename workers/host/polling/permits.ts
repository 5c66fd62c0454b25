import type { RouteState } from './route-state.ts';

/** The free slots promised to polls that were sent for a task known to wait. A poll that finds nothing hangs; its promise runs out. */
export class Permits {
  readonly #live = new Map<RouteState, { priority: number; timer: NodeJS.Timeout }>();

  get size(): number {
    return this.#live.size;
  }

  grant(route: RouteState, priority: number, lastsMs: number, onExpired: () => void): void {
    const timer = setTimeout(() => {
      this.#live.delete(route);
      onExpired();
    }, lastsMs);
    this.#live.set(route, { priority, timer });
  }

  /** Ends the promise to a route; false when it had none (any more). */
  release(route: RouteState): boolean {
    const permit = this.#live.get(route);
    if (!permit) return false;
    clearTimeout(permit.timer);
    return this.#live.delete(route);
  }

  /** A task more urgent than what some slot is promised for came by itself: takes the least urgent promise for it. */
  yieldTo(priority: number): boolean {
    let worst: { route: RouteState; priority: number } | undefined;
    for (const [route, permit] of this.#live) {
      if (permit.priority > (worst?.priority ?? priority)) worst = { route, priority: permit.priority };
    }
    return worst !== undefined && this.release(worst.route);
  }

  clear(): void {
    for (const route of [...this.#live.keys()]) this.release(route);
  }
}
