import type { Colibri } from '../../client/colibri.ts';
import { HOST_STATUSES, type HostStatus, type HostView } from '../../schemas/fleet.ts';
import type { StatusJson } from '../json-shapes.ts';
import { askControl } from './ask-control.ts';
import { countTasks } from './count-tasks.ts';
import { longestWaiting } from './longest-waiting.ts';

/** The installation at a glance. Without a control worker, what only it knows is left empty. */
export async function readStatus(colibri: Colibri): Promise<StatusJson> {
  const { connection, address, namespace } = colibri.connected;
  const { serverVersion } = await connection.workflowService.getSystemInfo({});
  const { fleet, detail } = await askControl(colibri.connected);
  const up = detail === null;
  const [tasks, hosts, waiting] = await Promise.all([
    countTasks(colibri.client, fleet),
    up ? colibri.hosts.list() : [],
    up ? longestWaiting(colibri) : null,
  ]);
  return {
    server: { address, namespace, version: serverVersion },
    control: { up, detail },
    hosts: countHosts(hosts),
    slots: {
      total: hosts.filter(isLive).reduce((sum, host) => sum + host.slots.total, 0),
      used: hosts.reduce((sum, host) => sum + host.slots.used, 0),
    },
    tasks,
    longestWaiting: waiting && {
      id: waiting.id,
      state: waiting.state,
      since: waiting.since,
      reason: waiting.reason,
      sentence: waiting.sentence,
    },
  };
}

function countHosts(hosts: readonly HostView[]): Record<HostStatus, number> {
  const counts = HOST_STATUSES.map((status) => [status, hosts.filter((host) => host.status === status).length]);
  return Object.fromEntries(counts) as Record<HostStatus, number>;
}

function isLive(host: HostView): boolean {
  return host.status === 'online' || host.status === 'busy' || host.status === 'draining';
}
