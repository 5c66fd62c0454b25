import { msNumberToTs } from '@temporalio/common/lib/time.js';
import { describe, expect, it } from 'vitest';
import { readBacklog } from '../../../workers/host/polling/backlog.ts';

/** As `describeTaskQueue` answers; Long and number are the same to what reads it. */
function answer(hint: number | undefined, stats: Record<string, [count: number, ageSeconds: number]>) {
  return {
    ...(hint === undefined ? {} : { taskQueueStatus: { backlogCountHint: hint } }),
    statsByPriorityKey: Object.fromEntries(
      Object.entries(stats).map(([key, [count, seconds]]) => [
        key,
        { approximateBacklogCount: count, approximateBacklogAge: msNumberToTs(seconds * 1_000) },
      ]),
    ),
  } as unknown as Parameters<typeof readBacklog>[0];
}

const read = (...args: Parameters<typeof answer>) => {
  const { total, byPriority } = readBacklog(answer(...args));
  return { total, byPriority: [...byPriority] };
};

describe('readBacklog', () => {
  it('reads counts and ages by priority [R8]', () => {
    expect(read(3, { 1: [1, 2], 5: [2, 9] })).toEqual({
      total: 3,
      byPriority: [
        [1, { count: 1, ageMs: 2_000 }],
        [5, { count: 2, ageMs: 9_000 }],
      ],
    });
  });

  it('believes the fresh count when the kept statistics are of a fuller moment [R8]', () => {
    expect(read(0, { 1: [4, 2] })).toEqual({ total: 0, byPriority: [] });
  });

  it('counts what the kept statistics do not know yet as young and of default priority [R8]', () => {
    expect(read(3, {})).toEqual({ total: 3, byPriority: [[3, { count: 3, ageMs: 0 }]] });
    expect(read(3, { 3: [1, 7] })).toEqual({ total: 3, byPriority: [[3, { count: 3, ageMs: 7_000 }]] });
  });

  it('does with the statistics where a server has no fresh count [R8]', () => {
    expect(read(undefined, { 2: [2, 1], 4: [0, 0] })).toEqual({
      total: 2,
      byPriority: [[2, { count: 2, ageMs: 1_000 }]],
    });
  });
});
