import { createHash } from 'node:crypto';
import type { Route } from './fleet.ts';
import { type Demand, setsOf } from './serving.ts';

/** Longest queue name we make. The stock server allows 255 characters. */
const MAX_ROUTE_LENGTH = 200;

/** The route of tasks that require nothing. */
export const ANY_ROUTE = 'route:any';

/**
 * The task queue of a tag set (normalised, sorted), with any further sets that will do as well, on one host or any. What
 * differs never shares a name: `+` inside a tag is written `%2b`, a lone tag `any` is written `%61ny`, an empty set is
 * `any`, the one host follows an `@`, and past 200 characters a hash (with `:`, which no tag has) stands in.
 */
export function demandQueue(demand: Demand): string {
  const sets = setsOf(demand);
  const at = demand.host == null ? '' : `@${demand.host}`;
  const name = `route:${sets.map(setName).join('|')}${at}`;
  if (name.length <= MAX_ROUTE_LENGTH) return name;
  const whole = sets.map((set) => set.join(' ')).join('|') + at;
  return `route:sha256:${createHash('sha256').update(whole).digest('hex')}`;
}

/** The route of what is asked for. */
export function routeOf({ tags, or = [], host }: Demand): Route {
  const wider = or.map((set) => [...set]);
  return {
    queue: demandQueue({ tags, or, host }),
    tags: [...tags],
    ...(wider.length > 0 && { or: wider }),
    ...(host != null && { host }),
  };
}

/** The queue of one tag set. */
export function routeQueue(tags: readonly string[]): string {
  return demandQueue({ tags });
}

function setName(tags: readonly string[]): string {
  if (tags.length === 0) return 'any';
  const parts = tags.length === 1 && tags[0] === 'any' ? ['%61ny'] : tags.map((tag) => tag.replaceAll('+', '%2b'));
  return parts.join('+');
}
