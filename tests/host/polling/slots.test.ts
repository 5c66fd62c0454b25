import { describe, expect, it } from 'vitest';
import { RouteState } from '../../../workers/host/polling/route-state.ts';
import { Slots } from '../../../workers/host/polling/slots.ts';

const route = (queue: string) => new RouteState({ queue, tags: [] });

describe('Slots', () => {
  it('keeps a promised slot from what is no more urgent, and gives it to what is [R8]', () => {
    const slots = new Slots(2);
    slots.permits.grant(route('a'), 3, 60_000, () => undefined);
    expect(slots.tryTake(3)).toBe(true);
    expect(slots.tryTake(3)).toBe(false);
    expect(slots.tryTake(1)).toBe(true);
    expect(slots.full).toBe(true);
    expect(slots.permits.size).toBe(0);
    expect(slots.tryTake(1)).toBe(false);
  });

  it('takes the least urgent promise first [R8]', () => {
    const slots = new Slots(2);
    const [low, high] = [route('low'), route('high')];
    slots.permits.grant(high, 2, 60_000, () => undefined);
    slots.permits.grant(low, 5, 60_000, () => undefined);
    expect(slots.tryTake(1)).toBe(true);
    expect(slots.permits.release(low)).toBe(false);
    expect(slots.permits.release(high)).toBe(true);
  });

  it('frees a promised slot when the promise runs out [R9]', async () => {
    const slots = new Slots(1);
    await new Promise<void>((resolve) => slots.permits.grant(route('stale'), 3, 5, resolve));
    expect(slots.free).toBe(1);
  });

  it('ends nothing when there are fewer than are used [R9]', async () => {
    const slots = new Slots(2);
    expect([slots.tryTake(3), slots.tryTake(3)]).toEqual([true, true]);
    slots.total = 1;
    expect(slots).toMatchObject({ used: 2, free: -1 });
    const unused = slots.whenUnused();
    slots.giveBack();
    expect(slots.tryTake(1)).toBe(false);
    slots.giveBack();
    await unused;
    expect(slots.tryTake(1)).toBe(true);
  });
});
