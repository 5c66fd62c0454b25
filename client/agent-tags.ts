import type { AgentRegistration } from '../schemas/agent.ts';
import type { FleetView } from '../schemas/fleet.ts';

/** Statuses in which what a host's probes found can be relied on. */
const PROVEN = new Set(['online', 'draining']);

/**
 * The tags an agent has now: its own, and those of the host it works on while that host's worker proves them. Sorted.
 */
export function agentTags(
  { capabilities, host }: Pick<AgentRegistration, 'capabilities' | 'host'>,
  fleet: FleetView,
): string[] {
  const found = fleet.hosts.find(({ name, status }) => name === host && PROVEN.has(status));
  return [...new Set([...capabilities, ...(found?.capabilities ?? [])])].sort();
}
