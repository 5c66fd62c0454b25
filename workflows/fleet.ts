import {
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { FleetHost, FleetView } from '../schemas/fleet.ts';
import { ensureRoute, fleetView, type HostActivities, hostChanged, hostForgotten } from './messages.ts';
import { readSignal, refuseUnreadable } from './read-message.ts';
import { hostQueue, isQualified, readFleetHost, readHostName, readRoute, routeVerdict } from './rules.ts';

/** A route with no task for this long is closed; the next task that needs it opens it again. */
const IDLE_ROUTE_MS = 24 * 3_600_000;
const REVIEW_EVERY = '1h';
/** Wait before a push that failed is tried again: doubled each time, up to the longest. */
const PUSH_RETRY_MS = 2_000;
const PUSH_RETRY_MAX_MS = 60_000;

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

const { openTasks, askHosts } = proxyLocalActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

/**
 * The fleet: hosts and routes, one for the installation, for ever. It hears of a new route or of a changed host, never
 * of single tasks, and tells each host the routes that its tags satisfy.
 */
export async function fleet(carried?: FleetState): Promise<never> {
  const hosts = new Map((carried?.hosts ?? []).map((host) => [host.name, host]));
  const routes = new Map((carried?.routes ?? []).map(({ queue, ...route }) => [queue, route]));
  const dirty = new Set<string>(hosts.keys());
  const pushing = new Set<string>();
  let asking = false;
  let handingOver = false;

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
  setHandler(
    ensureRoute,
    ({ queue, tags }) => {
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
    },
    { validator: (route) => refuseUnreadable(readRoute, route) },
  );
  setHandler(hostChanged, (given) => {
    const host = readSignal(readFleetHost, given, hostChanged.name);
    if (host === undefined) return;
    hosts.set(host.name, host);
    dirty.add(host.name);
    show();
  });
  setHandler(hostForgotten, (given) => {
    const gone = readSignal(readHostName, given, hostForgotten.name);
    if (gone === undefined) return;
    hosts.delete(gone.name);
    dirty.delete(gone.name);
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
    let failures = 0;
    // The next run tells every host anew: a host that never answers must not keep this one from ending.
    for (let host = hosts.get(name); host && dirty.has(name) && !handingOver; host = hosts.get(name)) {
      dirty.delete(name);
      if (!reachable(host)) break;
      const { capabilities, status } = host;
      const open = [...routes].flatMap(([queue, { tags }]) =>
        isQualified(tags, capabilities) ? [{ queue, tags }] : [],
      );
      try {
        await syncRoutes({ routes: open, draining: status === 'draining' });
        failures = 0;
      } catch {
        // A host that has gone is told again when it registers; one that is slow, soon.
        const now = hosts.get(name);
        if (!now || !reachable(now)) break;
        dirty.add(name);
        const waitMs = Math.min(PUSH_RETRY_MS * 2 ** failures, PUSH_RETRY_MAX_MS);
        failures += 1;
        await condition(() => handingOver || hosts.get(name) !== now, waitMs);
      }
    }
    pushing.delete(name);
  }

  /** Closes what nobody needs any more. Beside the pushes: it asks the visibility store, which may be slow or away. */
  async function review(): Promise<void> {
    const isIdle = (route: OpenRoute) => Date.now() - route.usedAt > IDLE_ROUTE_MS;
    for (const [queue] of [...routes].filter(([, route]) => isIdle(route))) {
      if (handingOver) return;
      const open = await openTasks({ queue });
      const route = routes.get(queue);
      if (!route || !isIdle(route)) continue;
      if (open > 0) {
        // Parked tasks may wait for months: once a day is often enough to look.
        route.usedAt = Date.now();
        continue;
      }
      routes.delete(queue);
      markMatching(route.tags);
    }
    show();
  }

  async function ask(question: () => Promise<void>): Promise<void> {
    if (asking || handingOver) return;
    asking = true;
    await question().catch((error: unknown) => log.warn('asked in vain, will ask again', { error }));
    asking = false;
  }

  async function reviewAtTimes(): Promise<never> {
    for (;;) {
      await sleep(REVIEW_EVERY);
      await ask(review);
    }
  }

  const wanting = () => [...dirty].some((name) => !pushing.has(name));
  show();
  // Hosts outlive a fleet that was ended by hand; nobody else would tell its successor of them.
  if (carried === undefined) void ask(askHosts);
  reviewAtTimes().catch(() => undefined);
  while (!workflowInfo().continueAsNewSuggested) {
    await condition(() => wanting() || workflowInfo().continueAsNewSuggested);
    for (const name of [...dirty]) {
      if (pushing.has(name)) continue;
      pushing.add(name);
      void push(name);
    }
  }
  handingOver = true;
  await condition(() => pushing.size === 0 && !asking && allHandlersFinished());
  return continueAsNew<typeof fleet>({
    hosts: [...hosts.values()],
    routes: [...routes].map(([queue, route]) => ({ queue, ...route })),
  });
}
