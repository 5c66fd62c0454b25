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
  const online = capable.filter((host) => host.status === 'online').map((host) => host.name);
  if (online.length > 0) {
    return { state: 'queued', reason: 'starting', sentence: `${online.sort().join(', ')} can do it`, leaseMs };
  }
  const { reason, sentence } = explainWait(tags, hosts);
  return { state: 'parked', reason, sentence, leaseMs };
}
