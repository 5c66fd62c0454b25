import { createHash } from 'node:crypto';

/** Longest queue name we make. The stock server allows 255 characters. */
const MAX_ROUTE_LENGTH = 200;

/** The route of tasks that require nothing. */
export const ANY_ROUTE = 'route:any';

/**
 * The task queue of a tag set (normalised, sorted). Different sets never share a name: `+` inside a tag is written
 * `%2b`, a lone tag `any` is written `%61ny`, and past 200 characters a hash (with `:`, which no tag has) stands in.
 */
export function routeQueue(tags: readonly string[]): string {
  if (tags.length === 0) return ANY_ROUTE;
  const parts = tags.length === 1 && tags[0] === 'any' ? ['%61ny'] : tags.map((tag) => tag.replaceAll('+', '%2b'));
  const name = `route:${parts.join('+')}`;
  if (name.length <= MAX_ROUTE_LENGTH) return name;
  return `route:sha256:${createHash('sha256').update(tags.join(' ')).digest('hex')}`;
}
