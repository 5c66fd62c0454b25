import {
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { FleetHost, FleetView } from '../schemas/fleet.ts';
import { Pushes } from './fleet-pushes.ts';
import { bare, isIdle, LISTED_WITHIN_MS, type OpenRoute, OpenRoutes, TOO_MANY_ROUTES } from './fleet-routes.ts';
import { ensureRoute, fleetView, hostChanged, hostForgotten } from './messages.ts';
import { readSignal, refuseUnreadable } from './read-message.ts';
import { readFleetHost, readHostName, readRoute, routeVerdict } from './rules.ts';

const REVIEW_EVERY_MS = 3_600_000;

/** What one run of the fleet hands to the next. */
export interface FleetState {
  hosts: FleetHost[];
  routes: OpenRoute[];
  /** Hosts that do not know all yet; absent: any may not. */
  dirty?: string[];
  /** When routes are next looked through for idle ones, in epoch milliseconds. */
  reviewAt?: number;
  /** Present while what a former fleet knew is still to be asked for: since when, how often it was, and when next. */
  learning?: { since: number; asked: number; at: number };
}

// Not local ones: those would hold the workflow task, and with it all who ask the fleet.
const { openTasks } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});
/** Asked until they are answered. */
const { askHosts, routesInUse } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '10m',
  // One page of a list of thousands takes half a minute on a server that is given as many tasks meanwhile.
  heartbeatTimeout: '1m',
  retry: { initialInterval: '1s', maximumInterval: '1m' },
});

/**
 * The fleet: hosts and routes, one for the installation, for ever. It hears of a new route or of a changed host, never
 * of single tasks, and tells each host the routes that its tags satisfy.
 */
export async function fleet(carried?: FleetState): Promise<never> {
  const hosts = new Map((carried?.hosts ?? []).map((host) => [host.name, host]));
  const routes = new OpenRoutes(carried?.routes);
  const pushes = new Pushes(hosts, routes);
  let learning = carried === undefined ? { since: Date.now(), asked: 0, at: Date.now() } : carried.learning;
  /** A host closes all routes that a push does not name: none may go out before those that tasks wait on are known. */
  let routesKnown = learning === undefined || learning.asked > 0;
  let reviewAt = carried?.reviewAt ?? Date.now() + REVIEW_EVERY_MS;
  const mark = (names: Iterable<string>) => {
    for (const name of names) pushes.mark(name);
    show();
  };
  const show = () => {
    const lines = [...hosts.values()].map((h) => `- **${h.name}** ${h.status}: ${h.capabilities.join(', ')}`);
    setCurrentDetails(`${lines.join('\n')}\n\n${routes.size} routes`);
  };

  const seen = () => [...hosts.values()].filter(({ status }) => status !== 'never-seen');
  setHandler(
    fleetView,
    (): FleetView => ({
      hosts: seen(),
      expected: [...hosts.values()].filter(({ status }) => status === 'never-seen'),
      routes: routes.all().map((route) => ({ ...bare(route), openedAt: route.openedAt })),
    }),
  );
  setHandler(
    ensureRoute,
    (route) => {
      if (routes.use(route, Date.now())) {
        pushes.markMatching(route);
        show();
      }
      return routeVerdict(route, seen());
    },
    {
      validator: (route) => {
        refuseUnreadable(readRoute, route);
        if (!routes.hasRoomFor(route)) throw tooMany(routes.size);
      },
    },
  );
  setHandler(hostChanged, (given) => {
    const host = readSignal(readFleetHost, given, hostChanged.name);
    if (host === undefined) return;
    hosts.set(host.name, host);
    mark([host.name]);
  });
  setHandler(hostForgotten, (given) => {
    const gone = readSignal(readHostName, given, hostForgotten.name);
    if (gone === undefined) return;
    hosts.delete(gone.name);
    mark([gone.name]);
  });

  /** Hosts and tasks outlive a fleet that was ended by hand; nobody else would tell its successor of them. */
  async function learn(): Promise<void> {
    const learnRoutes = async (since: number) => {
      const { routes: found, all } = await routesInUse({ since });
      if (found.filter((route) => routes.use(route, Date.now())).length > 0) mark(hosts.keys());
      routesKnown = true;
      return all;
    };
    while (learning) {
      const { since, asked, at } = learning;
      if (at > Date.now()) await sleep(at - Date.now());
      const all = await Promise.all([learnRoutes(since), askHosts()]).then(
        ([answer]) => answer,
        (error: unknown) => void log.warn('asked in vain, will ask again', { error }),
      );
      const next = Date.now() + Math.min(LISTED_WITHIN_MS * 2 ** asked, REVIEW_EVERY_MS);
      learning = all ? undefined : { since, asked: all === undefined ? asked : asked + 1, at: next };
    }
  }

  /** Closes what nobody needs any more. */
  async function review(): Promise<void> {
    for (const route of routes.idle(Date.now())) {
      const tasks = await openTasks({ queue: route.queue });
      if (!isIdle(route, Date.now())) continue;
      if (tasks > 0) {
        // Parked tasks may wait for months: once a day is often enough to look.
        route.usedAt = Date.now();
        continue;
      }
      routes.close(route);
      pushes.markMatching(route);
    }
    show();
  }

  async function reviewAtTimes(): Promise<never> {
    for (;;) {
      await sleep(Math.max(1, reviewAt - Date.now()));
      await review().catch((error: unknown) => log.warn('could not look for idle routes, will try again', { error }));
      reviewAt = Date.now() + REVIEW_EVERY_MS;
    }
  }

  const full = () => workflowInfo().continueAsNewSuggested;
  const canPush = () => routesKnown && pushes.next() !== undefined;
  mark(carried?.dirty ?? hosts.keys());
  // When the fleet is cancelled, all that these wait for fails, and an error that nobody takes would keep it from ending.
  learn().catch(() => undefined);
  reviewAtTimes().catch(() => undefined);
  while (!full()) {
    await condition(() => canPush() || full());
    if (canPush()) pushes.start();
  }
  // A push under way that fails leaves its host among those to be told. Answers that are still out are asked for anew.
  await condition(() => pushes.noneUnderWay && allHandlersFinished());
  return continueAsNew<typeof fleet>({
    hosts: [...hosts.values()],
    routes: routes.all(),
    dirty: pushes.dirty,
    reviewAt,
    ...(learning && { learning }),
  });
}

function tooMany(open: number): ApplicationFailure {
  return ApplicationFailure.create({
    type: TOO_MANY_ROUTES,
    message: `${open} routes are open, one for each set of tags, and there is no room for another: use a set that is open, or cancel tasks whose tags nobody needs (a route without tasks is closed after a day)`,
    nonRetryable: true,
  });
}
