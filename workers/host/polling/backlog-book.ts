import { isUnimplemented } from './grpc-errors.ts';
import { RETURN_SLACK_MS } from './rank.ts';
import type { RouteState } from './route-state.ts';
import type { Backlog } from './types.ts';

/** Questions out at once; a server takes about 0.6 ms for one, and the default limit of a namespace is 2,400 a second. */
const AT_ONCE = 16;
/** What was seen stays good for this many times what asking all anew would cost, so that asking never takes most of the time. */
const KEEP_FACTOR = 2;
/** A free slot waits no longer for the whole picture: some 500 routes fit in; of more, those asked longest ago come first. */
const LOOK_AT_MOST_MS = 500;

/** What waits on the routes that have no poll out, asked no more often than it is worth. */
export class BacklogBook {
  readonly #ask: (queue: string) => Promise<Backlog>;
  #msPerRoute = 1;
  /** The server has no such question (the time-skipping test server): there is no order to keep. */
  blind = false;

  constructor(ask: (queue: string) => Promise<Backlog>) {
    this.#ask = ask;
  }

  /**
   * Brings `seen` of each route up to date; a route that could not be asked has an undefined backlog. Never rejects.
   * @returns whether there was time for all.
   */
  async look(routes: readonly RouteState[]): Promise<boolean> {
    const from = performance.now();
    const keepMs = KEEP_FACTOR * this.#msPerRoute * routes.length;
    const stale = routes
      .filter(({ seen }) => !seen || from - seen.at > keepMs)
      .sort((a, b) => (a.seen?.at ?? 0) - (b.seen?.at ?? 0));
    if (stale.length === 0) return true;
    const left = stale.values();
    const asked = await Promise.all(
      Array.from({ length: Math.min(AT_ONCE, stale.length) }, () => this.#askAll(left, from + LOOK_AT_MOST_MS)),
    );
    const count = asked.reduce((sum, one) => sum + one, 0);
    this.#msPerRoute = (this.#msPerRoute + (performance.now() - from) / count) / 2;
    return count === stale.length;
  }

  /** One task of the route's best priority was taken: do not count it twice. */
  took(route: RouteState, priority: number): void {
    const head = route.seen?.backlog?.byPriority.get(priority);
    if (!route.seen?.backlog || !head) return;
    const { at, backlog } = route.seen;
    const byPriority = new Map(backlog.byPriority);
    byPriority.delete(priority);
    const left = head.count - 1;
    // The next one's age is unknown; evenly spread arrivals are the fair guess.
    if (left > 0) byPriority.set(priority, { count: left, ageMs: (head.ageMs * left) / head.count });
    route.seen = { at, backlog: { total: Math.max(0, backlog.total - 1), byPriority } };
  }

  async #askAll(routes: Iterator<RouteState>, until: number): Promise<number> {
    let asked = 0;
    do {
      const { value: route } = routes.next();
      if (!route) break;
      asked += 1;
      let backlog: Backlog | undefined;
      try {
        backlog = await this.#ask(route.queue);
      } catch (error) {
        if (isUnimplemented(error)) this.blind = true;
      }
      const at = performance.now();
      route.seen = { at, backlog };
      // Another host has it: nothing of this route's is on its way any more.
      if (backlog?.total === 0 && route.sentBack && at > route.sentBack.dueAt + RETURN_SLACK_MS)
        route.sentBack = undefined;
    } while (performance.now() < until);
    return asked;
  }
}
