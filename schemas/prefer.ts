import type { HostStatus } from './fleet.ts';
import { type Demand, mayServe } from './serving.ts';

/** What ranking needs to know of a host. */
export interface RankedHost {
  name: string;
  status: HostStatus;
  capabilities: readonly string[];
  reserve?: readonly string[] | undefined;
  slots: { total: number; used: number };
}

/**
 * The hosts that may do the work, by rungs: those that have most of the preferred tags first. Within a rung the one with
 * the smallest part of its slots in use comes first, then by name. Busy and absent ones are among them.
 */
export function rungs<Host extends RankedHost>(
  demand: Demand,
  prefers: readonly string[],
  hosts: readonly Host[],
): { matched: number; hosts: Host[] }[] {
  const byCount = new Map<number, Host[]>();
  for (const host of hosts) {
    if (!mayServe(demand, host)) continue;
    const matched = prefers.filter((tag) => host.capabilities.includes(tag)).length;
    byCount.set(matched, [...(byCount.get(matched) ?? []), host]);
  }
  return [...byCount]
    .sort(([a], [b]) => b - a)
    .map(([matched, members]) => ({
      matched,
      hosts: members.sort((a, b) => share(a) - share(b) || (a.name < b.name ? -1 : 1)),
    }));
}

/** Most hosts that are asked one after the other: each of them takes its part of the wait. */
export const MAX_CHOICES = 3;

/**
 * To whom the work is to be offered alone, one after the other, before all may have it: the best hosts that are online
 * and have a free slot. None, when all that are free rank lowest. A host without preferred tags is asked after one that
 * has some, since that one may be stopped or cut off without anyone knowing yet, and would be asked again among all.
 */
export function firstChoices(demand: Demand, prefers: readonly string[], hosts: readonly RankedHost[]): string[] {
  const free = rungs(demand, prefers, hosts.filter(isFree));
  if ((free[0]?.matched ?? 0) === 0) return [];
  return free.flatMap(({ hosts: members }) => members.map(({ name }) => name)).slice(0, MAX_CHOICES);
}

function isFree({ status, slots }: RankedHost): boolean {
  return status === 'online' && slots.used < slots.total;
}

function share({ slots }: RankedHost): number {
  return slots.used / Math.max(1, slots.total);
}
