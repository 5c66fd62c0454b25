import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ANY_ROUTE, demandQueue, routeOf, routeQueue } from '../../schemas/route.ts';
import { MAX_TAG_LENGTH, MAX_TAGS } from '../../schemas/tags.ts';

/** Tags made to collide where a joined name could: `+`, `any`, `%`-like text, and lengths around the limit. */
const trickyTag = fc.oneof(
  fc.constantFrom('any', '+', '++', 'a', 'a+b', 'b', '2b', '61ny', 'sha256', 'a+', '+a', 'sha256-', '-', '.'),
  fc.stringMatching(/^[ab+.]{1,3}$/),
  fc.stringMatching(/^[a-z0-9.+_-]{40,64}$/),
);
const trickySet = fc.uniqueArray(trickyTag, { maxLength: MAX_TAGS }).map((tags) => [...tags].sort());

describe('route names', () => {
  it.each([
    [[], ANY_ROUTE],
    [['docker', 'linux'], 'route:docker+linux'],
    [['any'], 'route:%61ny'],
    [['any', 'linux'], 'route:any+linux'],
    [['c++'], 'route:c%2b%2b'],
  ])('names the route of %j %s [R4]', (tags, queue) => {
    expect(routeQueue(tags)).toBe(queue);
  });

  it('never gives two tag sets one name, nor a name longer than 200 characters [R4]', () => {
    const sets = new Map<string, string>();
    fc.assert(
      fc.property(trickySet, (tags) => {
        const queue = routeQueue(tags);
        expect(queue.length).toBeLessThanOrEqual(200);
        expect(queue).toMatch(/^route:[a-z0-9.+_:%-]+$/);
        const key = JSON.stringify(tags);
        expect(sets.get(queue) ?? key).toBe(key);
        sets.set(queue, key);
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    [{ tags: ['zfs'], or: [['linux'], []] }, 'route:zfs|linux|any'],
    [{ tags: [], host: 'debby' }, 'route:any@debby'],
    [{ tags: ['any'], or: [['any', 'c++']], host: 'a.b' }, 'route:%61ny|any+c%2b%2b@a.b'],
  ])('names the route of %j %s [R4] [R9]', (demand, queue) => {
    expect(demandQueue(demand)).toBe(queue);
    expect(routeOf(demand)).toEqual({ queue, ...demand });
  });

  it('never gives two demands one name, whatever their further sets and their host [R4] [R9]', () => {
    const demands = new Map<string, string>();
    const host = fc.constantFrom(null, 'a', 'any', 'a.b', '2b', 'h'.repeat(63));
    const few = fc.uniqueArray(trickyTag, { maxLength: 4 }).map((tags) => [...tags].sort());
    fc.assert(
      fc.property(few, fc.array(few, { maxLength: 3 }), host, (tags, or, pin) => {
        const queue = demandQueue({ tags, or, host: pin });
        expect(queue.length).toBeLessThanOrEqual(200);
        const key = JSON.stringify([tags, or, pin]);
        expect(demands.get(queue) ?? key).toBe(key);
        demands.set(queue, key);
      }),
      { numRuns: 5_000 },
    );
  });

  it('tells sets apart that differ in one place of a long name [R4]', () => {
    const long = Array.from({ length: MAX_TAGS }, (_, i) => `${i}`.padStart(2, '0').padEnd(MAX_TAG_LENGTH, 'x'));
    const other = [...long.slice(0, -1), '31'.padEnd(MAX_TAG_LENGTH, 'y')];
    expect(routeQueue(long)).not.toBe(routeQueue(other));
    expect(routeQueue(long)).toMatch(/^route:sha256:[0-9a-f]{64}$/);
    const atLimit = [`${'a'.repeat(64)}`, 'b'.repeat(64), 'c'.repeat(64)];
    expect(routeQueue(atLimit)).toHaveLength(200);
    expect(routeQueue([...atLimit.slice(0, 2), 'c'.repeat(63), 'd'])).toContain('sha256');
  });
});
