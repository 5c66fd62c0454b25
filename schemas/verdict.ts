import type { FleetHost } from './fleet.ts';
import type { WaitingVerdict } from './host-activities.ts';
import { type Demand, lacking, mayServe } from './serving.ts';
import { explainWait } from './why.ts';

/**
 * How work stands, seen without slots in use: `queued` when a live host may take it, else `parked`. The lease is the
 * longest of the hosts that could ever run it, since one time-out must suit whichever comes.
 */
export function routeVerdict(demand: Demand, hosts: readonly FleetHost[]): WaitingVerdict {
  const asked = demand.host == null ? hosts : hosts.filter(({ name }) => name === demand.host);
  const capable = asked.filter((host) => lacking(demand, host).length === 0);
  const leaseMs = capable.length > 0 ? Math.max(...capable.map((host) => host.leaseMs)) : null;
  const online = capable.filter((host) => host.status === 'online' && mayServe(demand, host)).map((host) => host.name);
  if (online.length > 0) {
    return { state: 'queued', reason: 'starting', sentence: `${online.sort().join(', ')} can do it`, leaseMs };
  }
  const { reason, sentence } = explainWait(demand, hosts);
  return { state: 'parked', reason, sentence, leaseMs };
}
