import { afterEach, describe, expect, it } from 'vitest';
import type { ActivityTask } from '../../workers/host/polling/types.ts';
import { Presence } from '../../workers/host/presence.ts';
import { until } from '../workflows/support.ts';

const LEASE_MS = 1_500;

describe('the presence that a host holds', () => {
  let presence: Presence;
  let lost: { why: string; at: number }[];
  let givenUp: number;
  afterEach(() => presence.leave('the test is over'));

  /** A host whose server wants each presence given up at its first heartbeat, or after so many good ones. */
  function held(good = 0): void {
    lost = [];
    givenUp = 0;
    let beats = 0;
    presence = new Presence({
      gateway: {
        heartbeat: async () => {
          beats += 1;
          return { status: beats > good ? 'cancel-requested' : 'ok' };
        },
        cancelled: async () => {
          givenUp += 1;
          return 'ok';
        },
        complete: async () => 'ok',
      },
      leaseMs: LEASE_MS,
      details: () => ({ at: 0, slots: { total: 1, used: 0 }, running: [], routes: 0 }),
      onLost: (why) => lost.push({ why, at: performance.now() }),
    });
  }

  const asked = () =>
    until(
      async () => lost,
      ({ length }) => length > 0,
    );

  it('is asked for at once when another worker took it [P2]', async () => {
    held();
    presence.hold({} as ActivityTask);
    expect((await asked()).map(({ why }) => why)).toEqual(['replaced']);
  });

  it('is asked for at once, too, when another worker took it soon after it came [P2]', async () => {
    held(1);
    presence.promised();
    const promisedAt = performance.now();
    presence.hold({} as ActivityTask);
    const [first] = await asked();
    expect(first?.why).toBe('replaced');
    expect((first?.at ?? 0) - promisedAt).toBeLessThan(LEASE_MS);
  });

  it('is awaited for a lease when a registration of its own has ended the one before [P2]', async () => {
    held();
    presence.promised();
    const promisedAt = performance.now();
    presence.hold({} as ActivityTask);
    const [first] = await asked();
    expect(givenUp).toBe(1);
    expect(first?.why).toBe('no presence was given');
    expect((first?.at ?? 0) - promisedAt).toBeGreaterThan(LEASE_MS - 50);
  });
});
