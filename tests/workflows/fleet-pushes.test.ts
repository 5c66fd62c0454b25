import { randomUUID } from 'node:crypto';
import { defaultPayloadConverter, WorkflowUpdateFailedError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import type { SyncRoutes } from '../../schemas/host-activities.ts';
import { FLEET_ID, hostQueue } from '../../schemas/names.ts';
import { routeQueue } from '../../schemas/route.ts';
import { ensureRoute, hostChanged } from '../../workflows/messages.ts';
import { type Bench, openRealBench } from './bench.ts';
import { fleetHost, fleetOf } from './host-stand-in.ts';
import { failedWith, inState, until } from './support.ts';

/** A tag as long as one may be. */
const long = (name: string) => name.padEnd(64, '-');

describe('a large fleet', () => {
  let bench: Bench;
  const stops: (() => Promise<void>)[] = [];
  beforeAll(async () => {
    bench = await openRealBench();
    await new FleetGateway(bench.client).start();
  });
  afterAll(async () => {
    await Promise.all(stops.map((stop) => stop()));
    await bench.close();
  });

  const fleet = () => bench.client.workflow.getHandle(FLEET_ID);
  const open = (tags: string[]) => fleet().executeUpdate(ensureRoute, { args: [{ queue: routeQueue(tags), tags }] });

  /** A host that takes pushes: a bare poll, since a worker each would be too much for the machine. */
  async function listener(capabilities: string[]): Promise<SyncRoutes[]> {
    const name = `h-${randomUUID().slice(0, 8)}`;
    const told: SyncRoutes[] = [];
    const { client } = bench;
    const stop = new AbortController();
    const whom = { namespace: client.options.namespace, identity: name };
    const polling = client.withAbortSignal(stop.signal, async () => {
      for (;;) {
        const { taskToken, input } = await client.withDeadline(Date.now() + 70_000, () =>
          client.workflowService.pollActivityTaskQueue({ ...whom, taskQueue: { name: hostQueue(name) } }),
        );
        const payload = input?.payloads?.[0];
        if (!payload) continue;
        told.push(defaultPayloadConverter.fromPayload(payload));
        await client.workflowService.respondActivityTaskCompleted({ ...whom, taskToken });
      }
    });
    const stopped = polling.catch((error: unknown) => {
      if (!stop.signal.aborted) throw error;
    });
    stops.push(() => {
      stop.abort();
      return stopped;
    });
    await fleet().signal(hostChanged, fleetHost(name, capabilities));
    return told;
  }

  /** Waits until each of these hosts was told this many routes. */
  const allTold = (hosts: SyncRoutes[][], count: number) =>
    until(
      async () => hosts.map((told) => told.at(-1)?.routes.length ?? 0),
      (counts) => counts.every((routes) => routes === count),
      45_000,
    );

  /** The most pushes that were scheduled and not yet answered at any time of the fleet's present run. */
  async function mostUnderWay(): Promise<number> {
    const { events } = await fleet().fetchHistory();
    const underWay = new Set<string>();
    let most = 0;
    for (const event of events ?? []) {
      const scheduled = event.activityTaskScheduledEventAttributes;
      if (scheduled?.activityType?.name === 'syncRoutes') underWay.add(String(event.eventId));
      const ended = event.activityTaskCompletedEventAttributes ?? event.activityTaskTimedOutEventAttributes;
      if (ended) underWay.delete(String(ended.scheduledEventId));
      most = Math.max(most, underWay.size);
    }
    return most;
  }

  it('tells a new route to thirty hosts, eight at a time [R4]', async () => {
    const hosts = await Promise.all(Array.from({ length: 30 }, () => listener(['wide'])));
    await allTold(hosts, 0);
    await open(['wide']);
    await allTold(hosts, 1);
    expect(await mostUnderWay()).toBe(8);
  });

  it('refuses a route it has no room for, and fails the task with what can be done [T2]', async () => {
    const common = Array.from({ length: 31 }, (_, i) => long(`common-${i}`)).sort();
    let opened = 0;
    let refused: unknown;
    while (refused === undefined) {
      const batch = Array.from({ length: 20 }, (_, i) => open([...common, long(`own-${opened + i}`)].sort()));
      for (const result of await Promise.allSettled(batch)) {
        if (result.status === 'fulfilled') opened += 1;
        else refused = result.reason;
      }
    }
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(opened).toBeGreaterThan(250);
    const { routes } = await fleetOf(bench.client);
    expect(JSON.stringify(routes).length).toBeLessThan(1_000_000);

    const requires = [...common, long('one-too-many')].sort();
    const failure = await failedWith(await bench.start({ command: ['x'], requires }));
    expect(failure.type).toBe('invalid');
    expect(failure.message).toBe(
      `the task is not valid: requires: ${routes.length} routes are open, one for each set of tags, and there is no room for another: use a set that is open, or cancel tasks whose tags nobody needs (a route without tasks is closed after a day)`,
    );
    const known = routes.at(-1)?.tags ?? [];
    const { workflowId } = await bench.start({ command: ['x'], requires: known });
    expect((await inState(bench.client, workflowId, 'parked')).route).toBe(routeQueue(known));

    // Eight of these at once would be more than the server takes with one workflow task.
    const capabilities = [...new Set(routes.flatMap(({ tags }) => tags))].filter((tag) => tag !== 'wide');
    const hosts = await Promise.all(Array.from({ length: 10 }, () => listener(capabilities)));
    await allTold(hosts, routes.length - 1);
    const failedTasks = (await fleet().fetchHistory()).events?.filter(
      (event) => event.workflowTaskFailedEventAttributes,
    );
    expect(failedTasks).toEqual([]);
  });
});
