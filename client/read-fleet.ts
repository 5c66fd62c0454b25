import { type Client, QueryNotRegisteredError, WorkflowNotFoundError } from '@temporalio/client';
import { type FleetHost, type FleetView, type HostView, PresenceDetails } from '../schemas/fleet.ts';
import { FLEET_ID, hostWorkflowId } from '../schemas/names.ts';
import { fleetView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { hostReason } from './host-reason.ts';
import { firstPayload } from './payloads.ts';
import { isoOf } from './timestamp.ts';

const EMPTY: FleetView = { hosts: [], expected: [], routes: [] };

/** Hosts and routes as the fleet workflow knows them. A fleet that was never started is an empty one. */
export async function readFleet(client: Client): Promise<FleetView> {
  try {
    return await askWorkflow(() => client.workflow.getHandle(FLEET_ID).query(fleetView));
  } catch (error) {
    if (error instanceof WorkflowNotFoundError || error instanceof QueryNotRegisteredError) return EMPTY;
    throw error;
  }
}

/**
 * Every host with what its last heartbeat said: slots in use, running tasks, when it was heard. Sorted by name. `closely`:
 * of which hosts that matters; each is a question of its own to the server. Of the others only what the fleet knows is told.
 */
export async function readHosts(
  client: Client,
  fleet?: FleetView,
  closely: (host: FleetHost) => boolean = () => true,
): Promise<HostView[]> {
  const { hosts, expected = [] } = fleet ?? (await readFleet(client));
  const views = await Promise.all([...hosts, ...expected].map((host) => readHost(client, host, closely(host))));
  return views.sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readHost(client: Client, host: FleetHost, closely: boolean): Promise<HostView> {
  const presence: Presence = host.status === 'never-seen' || !closely ? {} : await readPresence(client, host.name);
  const used = presence.details?.slots.used ?? 0;
  const total = presence.details?.slots.total ?? host.slots;
  const live = host.status === 'online' || host.status === 'draining';
  const lastSeenAt = presence.lastSeenAt ?? host.heardAt ?? host.since;
  const view = {
    name: host.name,
    status: host.status === 'online' && used >= total ? ('busy' as const) : host.status,
    since: host.since,
    drain: host.drain ?? null,
    capabilities: host.capabilities,
    reserve: host.reserve ?? [],
    slots: { total, used: live ? used : 0 },
    lastSeenAt: host.status === 'never-seen' ? null : lastSeenAt,
    running: live ? (presence.details?.running ?? []) : [],
    version: host.version,
    os: host.os,
  };
  return { ...view, reason: hostReason({ ...host, ...view }, Date.now()) };
}

/** Whether a host has said that it takes nothing new; undefined while that is unknown, as of an older worker. */
export async function readPaused(client: Client, name: string): Promise<boolean | undefined> {
  return (await readPresence(client, name)).details?.paused;
}

interface Presence {
  details?: PresenceDetails;
  lastSeenAt?: string;
}

async function readPresence(client: Client, name: string): Promise<Presence> {
  try {
    const { raw } = await client.workflow.getHandle(hostWorkflowId(name)).describe();
    const pending = raw.pendingActivities?.find((activity) => activity.activityType?.name === 'presence');
    const seen = pending?.lastHeartbeatTime ?? pending?.lastStartedTime;
    const lastSeenAt = seen ? { lastSeenAt: isoOf(seen) } : {};
    const details = PresenceDetails.safeParse(await firstPayload(client, pending?.heartbeatDetails));
    return { ...lastSeenAt, ...(details.success ? { details: details.data } : {}) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return {};
    throw error;
  }
}
