import fc from 'fast-check';
import { expect, test } from 'vitest';
import { leaseTimes } from '../../workers/leash/schedule.ts';

test('gives a lease of 30 s its TERM at 18 s, KILL at 20 s and an empty tree by 25 s [P3]', () => {
  expect(leaseTimes(1_000, 30_000)).toEqual({ termAtMs: 19_000, killAtMs: 21_000, emptyByMs: 26_000 });
});

test('keeps TERM, KILL, empty and the end of the lease in this order for any lease [P3]', () => {
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1_000, max: 86_400_000 }), (sentAt, lease) => {
      const times = leaseTimes(sentAt, lease);
      expect(times.termAtMs).toBeGreaterThan(sentAt);
      expect(times.killAtMs).toBeGreaterThan(times.termAtMs);
      expect(times.emptyByMs).toBeGreaterThan(times.killAtMs);
      expect(times.emptyByMs).toBeLessThan(sentAt + lease);
    }),
  );
});
