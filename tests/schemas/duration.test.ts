import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { duration, formatDuration } from '../../schemas/duration.ts';

describe('durations', () => {
  it.each([
    ['30s', 30_000],
    ['1.5h', 5_400_000],
    [' 250ms ', 250],
    ['2 d', 172_800_000],
    [1500, 1500],
    ['1500', 1500],
    [0.6, 1],
  ])('reads %j as %d ms [T2]', (given, millis) => {
    expect(duration({ minMs: 0 }).parse(given)).toBe(millis);
  });

  it.each(['', 'soon', '5 minutes', '-5s', '1e3', '5y', 'Infinity', null, {}, true])('refuses %j [T2]', (given) => {
    const message = duration().safeParse(given).error?.issues[0]?.message;
    expect(message).toMatch(/duration.*"30s"/);
  });

  it('says between what it must lie [T2]', () => {
    const { error } = duration({ minMs: 2_000, maxMs: 60_000 }).safeParse('1s');
    expect(error?.issues[0]?.message).toBe('must be between 2s and 1m');
    expect(duration().safeParse(Number.POSITIVE_INFINITY).success).toBe(false);
  });

  it('writes what people read [T2]', () => {
    const written = [0, 999, 1_500, 60_000, 7_200_000, 90_061_000].map(formatDuration);
    expect(written).toEqual(['0ms', '999ms', '1.5s', '1m', '2h', '1d1h']);
  });

  it('writes a duration that, read again, is off by less than its smaller unit [T2]', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 366 * 86_400_000 }), (millis) => {
        const parts = formatDuration(millis).match(/[\d.]+(ms|[smhd])/g) ?? [];
        const read = parts.reduce((sum, part) => sum + duration({ minMs: 0 }).parse(part), 0);
        expect(Math.abs(read - millis)).toBeLessThan(Math.max(500, millis / 20));
      }),
    );
  });
});
