import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { ranges } from '../../cli/output/intake.ts';
import { progressLine, startProgress } from '../../cli/output/progress.ts';

describe('progress', () => {
  it('says how many of how many, how fast, and how long yet [B1]', () => {
    expect(progressLine({ done: 0, total: 10_000, passedMs: 0 })).toBe('[------------------------]  0 of 10,000');
    expect(progressLine({ done: 5_000, total: 10_000, passedMs: 35_000 })).toBe(
      '[############------------]  5,000 of 10,000  143/s  35s left',
    );
    expect(progressLine({ done: 3, total: 3, passedMs: 1_000 })).toContain('[########################]  3 of 3');
  });

  it('is drawn over itself on a terminal, within its columns, and taken away at the end [B1]', () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    onTestFinished(() => void vi.useRealTimers());
    const written: string[] = [];
    const progress = startProgress(4, { isTTY: true, columns: 20, write: (text) => written.push(text) });
    for (const done of [1, 2, 3, 4]) progress.set(done);
    progress.end();
    // Two and three come too soon after one to be drawn.
    expect(written).toEqual(['\r\u001b[K[######------------', '\r\u001b[K[##################', '\r\u001b[K']);
  });

  it('says nothing where there is no terminal [B5]', () => {
    const written: string[] = [];
    const progress = startProgress(4, { write: (text) => written.push(text) });
    progress.set(4);
    progress.end();
    expect(written).toEqual([]);
  });
});

describe('numbers of lines', () => {
  it('are told as ranges [B1]', () => {
    expect(ranges([3, 1, 2, 7, 9, 10, 9])).toBe('1-3, 7, 9-10');
    expect(ranges([])).toBe('');
  });
});
