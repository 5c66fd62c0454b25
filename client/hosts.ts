import { type Client, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { type FleetHost, type FleetView, type HostView, PresenceDetails } from '../schemas/fleet.ts';
import { FLEET_ID, hostWorkflowId } from '../schemas/names.ts';
import { fleetView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { firstPayload } from './payloads.ts';

const EMPTY: FleetView = { hosts: [], routes: [] };

/** Hosts and routes as the fleet workflow knows them. A fleet that was never started is an empty one. */
export async function readFleet(client: Client): Promise<FleetView> {
  try {
    return await askWorkflow(() => client.workflow.getHandle(FLEET_ID).query(fleetView));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return EMPTY;
    throw error;
  }
}

/** Every host with what its last heartbeat said: slots in use, running tasks, when it was heard. Sorted by name. */
export async function readHosts(client: Client, fleet?: FleetView): Promise<HostView[]> {
  const { hosts } = fleet ?? (await readFleet(client));
  const views = await Promise.all(hosts.map((host) => readHost(client, host)));
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readHost(client: Client, host: FleetHost): Promise<HostView> {
  const presence = await readPresence(client, host.name);
  const used = presence.details?.slots.used ?? 0;
  const total = presence.details?.slots.total ?? host.slots;
  const live = host.status === 'online' || host.status === 'draining';
  return {
    name: host.name,
    status: host.status === 'online' && used >= total ? 'busy' : host.status,
    since: host.since,
    capabilities: host.capabilities,
    reserve: host.reserve ?? [],
    slots: { total, used: live ? used : 0 },
    lastSeenAt: presence.lastSeenAt ?? host.since,
    running: live ? (presence.details?.running ?? []) : [],
    version: host.version,
    os: host.os,
  };
}

async function readPresence(client: Client, name: string): Promise<{ details?: PresenceDetails; lastSeenAt?: string }> {
  try {
    const { raw } = await client.workflow.getHandle(hostWorkflowId(name)).describe();
    const pending = raw.pendingActivities?.find((activity) => activity.activityType?.name === 'presence');
    const seen = pending?.lastHeartbeatTime ?? pending?.lastStartedTime;
    const lastSeenAt = seen
      ? { lastSeenAt: new Date(Number(seen.seconds) * 1000 + Number(seen.nanos ?? 0) / 1e6).toISOString() }
      : {};
    const details = PresenceDetails.safeParse(await firstPayload(client, pending?.heartbeatDetails));
    return { ...lastSeenAt, ...(details.success ? { details: details.data } : {}) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return {};
    throw error;
  }
}
