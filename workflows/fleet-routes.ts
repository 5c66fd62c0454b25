import type { Route } from '../schemas/fleet.ts';
import type { Offering } from '../schemas/serving.ts';
import { mayServe } from './rules.ts';

/** A route with no task for this long is closed; the next task that needs it opens it again. */
const IDLE_MS = 24 * 3_600_000;
/**
 * What the open routes may take up as JSON. They go whole to the next run of the fleet and, as far as its tags satisfy
 * them, to a host; a server takes no value over 2 MB. Room for some 4,500 sets of three tags, or 290 of the longest.
 */
export const MAX_ROUTES_BYTES = 700_000;

/**
 * So long after a fleet began may a task still come to be listed with a route that it had from the former one: `findRoute`
 * takes up to 10 s, and lists are written a moment late.
 */
export const LISTED_WITHIN_MS = 15_000;

/** Type of the failure when a route is refused because there is no room for it. */
export const TOO_MANY_ROUTES = 'TooManyRoutes';

const TIMES_BYTES = ',"openedAt":"2026-01-01T00:00:00.000Z","usedAt":1767225600000'.length;

/** A route as the fleet keeps it. `openedAt`: ISO 8601; `usedAt`: epoch milliseconds. */
export interface OpenRoute extends Route {
  openedAt: string;
  usedAt: number;
}

/** The routes that are open, and how much of their room they take. Pure: times are given. */
export class OpenRoutes {
  readonly #open = new Map<string, OpenRoute>();
  #bytes = 0;

  constructor(carried: readonly OpenRoute[] = []) {
    for (const route of carried) this.#add({ ...route });
  }

  get size(): number {
    return this.#open.size;
  }

  /** What they take up as JSON. */
  get bytes(): number {
    return this.#bytes;
  }

  all(): OpenRoute[] {
    return [...this.#open.values()];
  }

  /** Whether the route is open, or can be opened. */
  hasRoomFor(route: Route): boolean {
    return this.#open.has(route.queue) || this.#bytes + routeBytes(route) <= MAX_ROUTES_BYTES;
  }

  /** Opens a route, or notes that it was used. @returns whether it was closed before. */
  use(route: Route, now: number): boolean {
    const known = this.#open.get(route.queue);
    if (known) known.usedAt = now;
    else this.#add({ ...bare(route), openedAt: new Date(now).toISOString(), usedAt: now });
    return known === undefined;
  }

  close(route: OpenRoute): void {
    if (this.#open.delete(route.queue)) this.#bytes -= routeBytes(route);
  }

  idle(now: number): OpenRoute[] {
    return this.all().filter((route) => isIdle(route, now));
  }

  /** Those that a host may serve. */
  openTo(host: Offering): Route[] {
    return this.all().flatMap((route) => (mayServe(route, host) ? [bare(route)] : []));
  }

  #add(route: OpenRoute): void {
    this.#open.set(route.queue, route);
    this.#bytes += routeBytes(route);
  }
}

export function isIdle(route: OpenRoute, now: number): boolean {
  return now - route.usedAt > IDLE_MS;
}

/** What a route takes up as JSON, with its times. */
export function routeBytes(route: Route): number {
  return new TextEncoder().encode(JSON.stringify(bare(route))).length + TIMES_BYTES;
}

/** What others need to know of a route. */
export function bare({ queue, tags, or, host }: Route): Route {
  return { queue, tags, ...(or && { or }), ...(host !== undefined && { host }) };
}
