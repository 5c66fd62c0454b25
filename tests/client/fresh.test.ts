import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Fresh } from '../../client/fresh.ts';
import { deferred } from '../../workers/deferred.ts';

describe('a value that is kept fresh', () => {
  beforeEach(() => vi.useFakeTimers({ now: 1_000_000 }));
  afterEach(() => vi.useRealTimers());

  /** Counts how often it was asked for. */
  const counted = () => {
    let asked = 0;
    return new Fresh(async () => ++asked, 1_000);
  };

  it('is asked for once in a while, however many want it [R3]', async () => {
    const fresh = counted();
    expect(await Promise.all([fresh.get(), fresh.get()])).toEqual([1, 1]);
    vi.setSystemTime(1_001_000);
    expect(await fresh.get()).toBe(1);
    vi.setSystemTime(1_001_001);
    expect(await fresh.get()).toBe(2);
  });

  it('is asked for anew when it is to be, when it was forgotten, and when the clock was set back [R3] [T3]', async () => {
    const fresh = counted();
    await fresh.get();
    expect(await fresh.anew()).toBe(2);
    expect(await fresh.get()).toBe(2);
    fresh.forget();
    expect(await fresh.get()).toBe(3);
    vi.setSystemTime(500_000);
    expect(await fresh.get()).toBe(4);
  });

  it('is asked for again after it could not be had, unless a later question has its answer [T3]', async () => {
    const answers = [deferred<string>(), deferred<string>(), deferred<string>()];
    const left = [...answers];
    const fresh = new Fresh(() => left.shift()?.promise ?? Promise.reject(new Error('asked too often')), 1_000);
    const first = fresh.get();
    const second = fresh.anew();
    answers[0]?.reject(new Error('away'));
    await expect(first).rejects.toThrow('away');
    expect(fresh.get()).toBe(second);
    answers[1]?.reject(new Error('away still'));
    await expect(second).rejects.toThrow('away still');
    answers[2]?.resolve('here');
    expect(await fresh.get()).toBe('here');
  });
});
