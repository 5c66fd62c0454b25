import {
  allHandlersFinished,
  condition,
  continueAsNew,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { FleetHost, FleetView } from '../schemas/fleet.ts';
import { hostQueue } from '../schemas/names.ts';
import { isQualified } from '../schemas/tags.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { ensureRoute, fleetView, type HostActivities, hostChanged, hostForgotten } from './messages.ts';

/** A route with no task for this long is closed; the next task that needs it opens it again. */
const IDLE_ROUTE_MS = 24 * 3_600_000;
const REVIEW_EVERY = '1h';
/** Wait before a push that failed is tried again. */
const PUSH_RETRY = '2s';

interface OpenRoute {
  tags: string[];
  openedAt: string;
  usedAt: number;
}

/** What one run of the fleet hands to the next. */
export interface FleetState {
  hosts: FleetHost[];
  routes: (OpenRoute & { queue: string })[];
}

const { openTasks } = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '30s' });

/**
 * The fleet: hosts and routes, one for the installation, for ever. It hears of a new route or of a changed host, never
 * of single tasks, and tells each host the routes that its tags satisfy.
 */
export async function fleet(carried?: FleetState): Promise<never> {
  const hosts = new Map((carried?.hosts ?? []).map((host) => [host.name, host]));
  const routes = new Map((carried?.routes ?? []).map(({ queue, ...route }) => [queue, route]));
  const dirty = new Set<string>(hosts.keys());
  const pushing = new Set<string>();

  const reachable = (host: FleetHost) => host.status === 'online' || host.status === 'draining';
  const markMatching = (tags: readonly string[]) => {
    for (const host of hosts.values()) if (isQualified(tags, host.capabilities)) dirty.add(host.name);
  };
  const show = () => {
    const lines = [...hosts.values()].map((h) => `- **${h.name}** ${h.status}: ${h.capabilities.join(', ')}`);
    setCurrentDetails(`${lines.join('\n')}\n\n${routes.size} routes`);
  };

  setHandler(
    fleetView,
    (): FleetView => ({
      hosts: [...hosts.values()],
      routes: [...routes].map(([queue, { tags, openedAt }]) => ({ queue, tags, openedAt })),
    }),
  );
  setHandler(ensureRoute, ({ queue, tags }) => {
    const now = Date.now();
    const known = routes.get(queue);
    if (known) {
      known.usedAt = now;
    } else {
      routes.set(queue, { tags, openedAt: new Date(now).toISOString(), usedAt: now });
      markMatching(tags);
      show();
    }
    return routeVerdict(tags, [...hosts.values()]);
  });
  setHandler(hostChanged, (host) => {
    hosts.set(host.name, host);
    dirty.add(host.name);
    show();
  });
  setHandler(hostForgotten, ({ name }) => {
    hosts.delete(name);
    dirty.delete(name);
    show();
  });

  /** One push at a time to a host; routes that come meanwhile go with the next. */
  async function push(name: string): Promise<void> {
    const { syncRoutes } = proxyActivities<HostActivities>({
      taskQueue: hostQueue(name),
      scheduleToStartTimeout: '10s',
      startToCloseTimeout: '10s',
      retry: { maximumAttempts: 1 },
    });
    for (let host = hosts.get(name); host && dirty.has(name); host = hosts.get(name)) {
      dirty.delete(name);
      if (!reachable(host)) break;
      const { capabilities, status } = host;
      const open = [...routes].flatMap(([queue, { tags }]) =>
        isQualified(tags, capabilities) ? [{ queue, tags }] : [],
      );
      try {
        await syncRoutes({ routes: open, draining: status === 'draining' });
      } catch {
        // A host that has gone is told again when it registers; one that is slow, soon.
        const now = hosts.get(name);
        if (!now || !reachable(now)) break;
        dirty.add(name);
        await sleep(PUSH_RETRY);
      }
    }
    pushing.delete(name);
  }

  async function review(): Promise<void> {
    const idle = [...routes].filter(([, route]) => Date.now() - route.usedAt > IDLE_ROUTE_MS).map(([queue]) => queue);
    for (const queue of idle) {
      const open = await openTasks({ queue });
      const route = routes.get(queue);
      if (open > 0 || !route || Date.now() - route.usedAt <= IDLE_ROUTE_MS) continue;
      routes.delete(queue);
      markMatching(route.tags);
    }
  }

  const wanting = () => [...dirty].some((name) => !pushing.has(name));
  show();
  while (!workflowInfo().continueAsNewSuggested) {
    const woken = await condition(() => wanting() || workflowInfo().continueAsNewSuggested, REVIEW_EVERY);
    if (!woken) await review();
    for (const name of [...dirty]) {
      if (pushing.has(name)) continue;
      pushing.add(name);
      void push(name);
    }
  }
  await condition(() => pushing.size === 0 && allHandlersFinished());
  return continueAsNew<typeof fleet>({
    hosts: [...hosts.values()],
    routes: [...routes].map(([queue, route]) => ({ queue, ...route })),
  });
}
