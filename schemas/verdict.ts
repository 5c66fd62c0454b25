import type { FleetHost } from './fleet.ts';
import type { WaitingVerdict } from './host-activities.ts';
import { isQualified } from './tags.ts';
import { explainWait } from './why.ts';

/**
 * How a route stands, seen without slots in use: `queued` when a live host serves it, else `parked`.
 * The lease is the longest of the hosts that could ever run it, since one time-out must suit whichever comes.
 */
export function routeVerdict(tags: readonly string[], hosts: readonly FleetHost[]): WaitingVerdict {
  const capable = hosts.filter((host) => isQualified(tags, host.capabilities));
  const leaseMs = capable.length > 0 ? Math.max(...capable.map((host) => host.leaseMs)) : null;
  if (capable.some((host) => host.status === 'online')) {
    return { state: 'queued', reason: 'starting', sentence: 'submitted', leaseMs };
  }
  const { reason, sentence } = explainWait(tags, hosts);
  return { state: 'parked', reason, sentence, leaseMs };
}
