import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rank } from '../../../workers/host/polling/rank.ts';
import { RouteState, type SentBack } from '../../../workers/host/polling/route-state.ts';

const NOW = 1_000_000;
const WALL = 1_800_000_000_000;

type Heads = Record<number, { count: number; ageMs: number }>;

function route(queue: string, heads: Heads | 'unknown', sentBack?: SentBack): RouteState {
  const state = new RouteState({ queue, tags: [] });
  const byPriority = new Map(
    heads === 'unknown' ? [] : Object.entries(heads).map(([key, head]) => [Number(key), head]),
  );
  const total = [...byPriority.values()].reduce((sum, { count }) => sum + count, 0);
  state.seen = { at: NOW, backlog: heads === 'unknown' ? undefined : { total, byPriority } };
  state.lastPolledAt = NOW - 5_000;
  state.sentBack = sentBack;
  return state;
}

const order = (...routes: RouteState[]) => rank(routes, NOW, WALL).map(({ route: { queue } }) => queue);
const away = (priority: number, times: number, ageMs = 60_000): SentBack => ({
  priority,
  scheduledAt: WALL - ageMs,
  dueAt: NOW + 100,
  times,
});

describe('rank', () => {
  it('puts the more urgent first and the older before the younger, and leaves out what has nothing [R8]', () => {
    const heads = fc.dictionary(
      fc.integer({ min: 1, max: 5 }).map(String),
      fc.record({ count: fc.integer({ min: 1, max: 9 }), ageMs: fc.nat(1e6) }),
    );
    fc.assert(
      fc.property(fc.array(heads, { maxLength: 20 }), (all) => {
        const ranked = rank(
          all.map((one, n) => route(`q${n}`, one as Heads)),
          NOW,
          WALL,
        );
        expect(ranked).toHaveLength(all.filter((one) => Object.keys(one).length > 0).length);
        ranked.reduce(
          (before, after) => {
            expect(before.priority - after.priority || after.ageMs - before.ageMs).toBeLessThanOrEqual(0);
            return after;
          },
          ranked[0] as NonNullable<(typeof ranked)[0]>,
        );
      }),
    );
  });

  it('counts the age of a task on from when it was told, as routes are asked one after the other [R8]', () => {
    const [older, younger] = [
      route('older', { 3: { count: 1, ageMs: 100 } }),
      route('younger', { 3: { count: 1, ageMs: 120 } }),
    ];
    if (older.seen) older.seen = { ...older.seen, at: NOW - 50 };
    expect(order(younger, older)).toEqual(['older', 'younger']);
  });

  it('does not let a queue that cannot be asked starve [R9]', () => {
    const silent = route('silent', 'unknown');
    expect(
      order(silent, route('young', { 3: { count: 1, ageMs: 10 } }), route('old', { 3: { count: 1, ageMs: 9_000 } })),
    ).toEqual(['old', 'silent', 'young']);
  });

  it('keeps a slot for a declined task that is more urgent than all that waits, not for its equals [R8]', () => {
    const here = route('here', { 3: { count: 4, ageMs: 100 } });
    expect(order(here, route('urgent', {}, away(1, 1)))).toEqual(['urgent', 'here']);
    expect(order(here, route('equal', {}, away(3, 1)))).toEqual(['here']);
    expect(order(route('alone', {}, away(1, 1)))).toEqual([]);
  });

  it('keeps a slot for a route that was sent back twice running [R9]', () => {
    const here = route('here', { 3: { count: 4, ageMs: 100 } });
    expect(order(here, route('unlucky', {}, away(3, 2)))).toEqual(['unlucky', 'here']);
    expect(order(route('unlucky', {}, away(3, 2)))).toEqual(['unlucky']);
  });

  it('gives a declined task that is back its true age [R9]', () => {
    const back = route('back', { 3: { count: 1, ageMs: 5 } }, { ...away(3, 1), dueAt: NOW - 5 });
    expect(order(route('other', { 3: { count: 1, ageMs: 30_000 } }), back)).toEqual(['back', 'other']);
  });

  it('forgets a declined task that never came back [R9]', () => {
    const gone = { ...away(1, 3), dueAt: NOW - 10_000 };
    expect(order(route('gone', {}, gone))).toEqual([]);
  });
});
