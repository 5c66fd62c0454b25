import type { FleetHost, Registration } from '../schemas/fleet.ts';

/** A host as Temporal's Web UI shows it under "current details". */
export function hostDetails(registration: Registration, status: FleetHost['status'], since: string): string {
  return [
    `**${status}** since ${since}`,
    '',
    `- tags: ${registration.capabilities.join(', ')}`,
    `- slots: ${registration.slots}, lease ${registration.leaseMs / 1000} s, containment ${registration.containment}`,
    `- colibri ${registration.version} on ${registration.os}, node ${registration.node}`,
  ].join('\n');
}

/** What the fleet keeps of a host. */
export function asFleetHost(registration: Registration, status: FleetHost['status'], since: string): FleetHost {
  const { name, instanceId, capabilities, slots, leaseMs, version, os } = registration;
  return { name, status, since, instanceId, capabilities, slots, leaseMs, version, os };
}
