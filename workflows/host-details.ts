import type { FleetHost } from '../schemas/fleet.ts';
import type { HostState } from './host.ts';

/** A host as Temporal's Web UI shows it under "current details". */
export function hostDetails({ registration, status, since, drain, expected }: HostState): string {
  const lines = [`**${status}** since ${since}`, ''];
  if (drain) lines.push(`- takes nothing new since ${drain.since}${noted(drain.by, drain.reason)}`);
  if (registration === null) return [...lines, ...(expected ? [`- expected by ${expected.by}`] : [])].join('\n');
  return [
    ...lines,
    `- tags: ${registration.capabilities.join(', ')}`,
    ...(registration.reserve?.length ? [`- reserved for tasks that require: ${registration.reserve.join(', ')}`] : []),
    `- slots: ${registration.slots}, lease ${registration.leaseMs / 1000} s, containment ${registration.containment}`,
    `- colibri ${registration.version} on ${registration.os}, node ${registration.node}`,
  ].join('\n');
}

/** What is kept of a host that has not said anything of itself yet. */
const UNKNOWN = { instanceId: '', capabilities: [], slots: 0, leaseMs: 0, version: '', os: '' };

/** What the fleet keeps of a host. */
export function asFleetHost(state: HostState): FleetHost {
  const { name, status, since, drain, expected, left, heardAt } = state;
  const { instanceId, capabilities, slots, leaseMs, version, os, ...more } = state.registration ?? UNKNOWN;
  return {
    ...{ name, status, since, instanceId, capabilities, slots, leaseMs, version, os },
    ...('queue' in more && more.queue !== undefined && { queue: more.queue }),
    ...('reserve' in more && more.reserve !== undefined && { reserve: more.reserve }),
    ...(drain && { drain }),
    ...(state.registration === null && expected && { expected }),
    ...(left !== undefined && { left }),
    ...(heardAt !== undefined && { heardAt }),
  };
}

function noted(by: string | null, reason: string | null): string {
  return `${by === null ? '' : `, by ${by}`}${reason === null ? '' : `: ${reason}`}`;
}
