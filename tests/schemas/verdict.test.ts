import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FleetHost } from '../../schemas/fleet.ts';
import { WaitingVerdict } from '../../schemas/host-activities.ts';
import { routeVerdict } from '../../schemas/verdict.ts';
import { crowdedTagSet } from './arbitraries.ts';

function fleetHost(name: string, more: Partial<FleetHost>): FleetHost {
  const since = '2026-01-01T00:00:00.000Z';
  const base = { since, instanceId: 'i', slots: 1, leaseMs: 30_000, version: '1', os: 'linux' };
  return { ...base, name, status: 'online', capabilities: [], ...more };
}

const fleet = fc
  .array(
    fc.record({
      status: fc.constantFrom('online', 'draining', 'stale', 'offline' as const),
      capabilities: crowdedTagSet,
      leaseMs: fc.integer({ min: 2_000, max: 60_000 }),
    }),
    { maxLength: 6 },
  )
  .map((hosts) => hosts.map((host, i) => fleetHost(`h${i}`, host as Partial<FleetHost>)));

describe('how a route stands', () => {
  it('is queued exactly when a capable host is online, else parked with a reason [R6]', () => {
    fc.assert(
      fc.property(crowdedTagSet, fleet, (tags, hosts) => {
        const capable = hosts.filter((h) => tags.every((tag) => h.capabilities.includes(tag)));
        const verdict = WaitingVerdict.parse(routeVerdict({ tags }, hosts));
        expect(verdict.state).toBe(capable.some((h) => h.status === 'online') ? 'queued' : 'parked');
        expect(verdict.reason === 'starting').toBe(verdict.state === 'queued');
        expect(verdict.leaseMs).toBe(capable.length === 0 ? null : Math.max(...capable.map((h) => h.leaseMs)));
      }),
    );
  });

  it('names the hosts that can do it [R6]', () => {
    const hosts = [fleetHost('osa', { capabilities: ['zfs'] }), fleetHost('debby', { capabilities: ['docker'] })];
    expect(routeVerdict({ tags: ['docker'] }, hosts).sentence).toBe('debby can do it');
    expect(routeVerdict({ tags: ['zfs', 'docker'] }, hosts)).toMatchObject({
      state: 'parked',
      reason: 'no-host-has-all',
    });
  });
});
