import { randomUUID } from 'node:crypto';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import { routesInUse } from '../../activities/routes-in-use.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { FLEET_ID } from '../../schemas/names.ts';
import { ANY_ROUTE, routeQueue } from '../../schemas/route.ts';
import { ColibriRequires, ColibriRoute } from '../../schemas/search-attributes.ts';
import { LISTED_WITHIN_MS } from '../../workflows/fleet-routes.ts';
import { type Bench, openRealBench, type Served } from './bench.ts';
import { fleetOf, hostIs, standIn } from './host-stand-in.ts';
import { claim, ended, inState, resultOf, until } from './support.ts';

const newTag = () => `t-${randomUUID().slice(0, 8)}`;
/** As many tags as a task may name, each as long as it may be: more than a search attribute holds. */
const longest = () => Array.from({ length: 32 }, (_, i) => `${newTag()}-${i}`.padEnd(64, 'x')).sort();

/** A host that is told routes and polls none of them, as one whose slots are taken, until it is set free. */
async function busyHost(bench: Bench, name: string, capabilities: string[]) {
  const host = await standIn(bench, name, { capabilities });
  const toldOf = () => host.synced.map(({ routes }) => routes.map(({ queue }) => queue));
  const serving: Served[] = [];
  const setFree = async () => {
    const runAgent = async (input: RunAgentInput) =>
      resultOf(input, { attempt: await claim(bench.client, input, name), host: name });
    for (const queue of toldOf().at(-1) ?? []) serving.push(await bench.serve(queue, { runAgent }));
  };
  const stop = async () => void (await Promise.all([host, ...serving].map((served) => served.stop())));
  return { ...host, toldOf, setFree, stop };
}

/** Waits until lists show tasks on all of these routes: they are written a moment late. */
async function listed(bench: Bench, queues: string[]): Promise<void> {
  const running = "WorkflowType = 'task' AND ExecutionStatus = 'Running'";
  for (const queue of queues) {
    await until(
      () => bench.client.workflow.count(`${running} AND ColibriRoute = '${queue}'`),
      ({ count }) => count > 0,
    );
  }
}

const isEnded = async (bench: Bench) => {
  const { status } = await bench.client.workflow.getHandle(FLEET_ID).describe();
  return status.name !== 'RUNNING';
};

describe('a fleet that was ended by hand', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench.close());

  const fleetHandle = () => bench.client.workflow.getHandle(FLEET_ID);
  const starters: Record<string, (host: { register(): Promise<void> }) => Promise<unknown>> = {
    'a new task': () => bench.start({ command: ['x'], requires: [newTag()] }),
    'a host that registers': (host) => host.register(),
    'a control worker': () => new FleetGateway(bench.client).start(),
  };

  it.each(Object.keys(starters))(
    'has its waiting tasks start by themselves when %s starts another [T3]',
    async (who) => {
      await new FleetGateway(bench.client).start();
      const sets = [[newTag(), newTag()].sort(), longest(), []];
      const host = await busyHost(bench, newTag(), sets.flat());
      await host.register();
      await hostIs(bench.client, host.registration.name, 'online');
      const tasks = await Promise.all(sets.map((requires) => bench.start({ command: ['x'], requires })));
      await Promise.all(tasks.map(({ workflowId }) => inState(bench.client, workflowId, 'queued')));
      const queues = sets.map((tags) => routeQueue(tags));
      await until(
        async () => host.toldOf().at(-1) ?? [],
        (told) => queues.every((queue) => told.includes(queue)),
      );
      await listed(bench, queues);
      const before = host.synced.length;

      await fleetHandle().terminate('by hand');
      expect(await isEnded(bench)).toBe(true);
      await starters[who]?.(host);
      await until(
        async () => host.synced.length,
        (count) => count > before,
      );
      // What a push does not name is closed: not one may go out without them.
      for (const told of host.toldOf().slice(before)) expect(told).toEqual(expect.arrayContaining(queues));
      await host.setFree();
      for (const { workflowId } of tasks) {
        expect(await ended(bench.client, workflowId)).toMatchObject({ state: 'done', host: host.registration.name });
      }
      host.leave();
      await hostIs(bench.client, host.registration.name, 'offline');
      await host.stop();
    },
  );

  it('ends at once when it is cancelled, whatever it waits for, and another starts [T3]', async () => {
    await new FleetGateway(bench.client).start();
    // Two that fail: one push is under way or rests at any time.
    const failing = await Promise.all(
      [newTag(), newTag()].map((name) =>
        standIn(bench, name, {}, async () => {
          throw new Error('not now');
        }),
      ),
    );
    for (const host of failing) {
      await host.register();
      await until(
        async () => host.synced.length,
        (pushes) => pushes > 0,
      );
    }
    const first = bench.client.workflow.getHandle(FLEET_ID, (await fleetHandle().describe()).runId);
    await first.cancel();
    await until(
      async () => (await first.describe()).status.name,
      (status) => status === 'CANCELLED',
      5_000,
    );
    const events = (await first.fetchHistory()).events ?? [];
    expect(events.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
    for (const host of failing) {
      host.leave();
      await hostIs(bench.client, host.registration.name, 'offline');
      await host.stop();
    }
    expect(await isEnded(bench)).toBe(false);
  });

  it('is started again by a task whose route was known a moment ago [T3]', async () => {
    const gateway = new FleetGateway(bench.client);
    await gateway.start();
    const tag = newTag();
    await gateway.route({ tags: [tag] });
    await gateway.route({ tags: [tag] });
    await fleetHandle().terminate('by hand');
    await until(
      async () => {
        await gateway.route({ tags: [tag] });
        return isEnded(bench);
      },
      (gone) => !gone,
    );
    expect((await fleetOf(bench.client)).routes).toContainEqual(expect.objectContaining({ tags: [tag] }));
  });
});

describe('a fleet that starts with nothing', () => {
  it('asks for hosts and routes until it is answered, and tells no host before it knows the routes [T3]', async () => {
    let [hostsAsked, routesAsked] = [0, 0];
    const tag = newTag();
    const bench = await openRealBench({
      activities: {
        askHosts: async () => {
          hostsAsked += 1;
          if (hostsAsked <= 3) throw new Error('the list of workflows is away');
        },
        routesInUse: async () => {
          routesAsked += 1;
          if (routesAsked <= 3) throw new Error('the list of workflows is away');
          return { routes: [{ queue: routeQueue([tag]), tags: [tag] }], all: true };
        },
      },
    });
    const host = await standIn(bench, 'debby', { capabilities: [tag] });
    await host.register();
    const seen = await until(
      async () => ({ pushes: host.synced.length, routesAsked }),
      ({ pushes }) => pushes > 0,
    );
    expect(seen.routesAsked).toBe(4);
    expect(host.synced[0]?.routes).toEqual([{ queue: routeQueue([tag]), tags: [tag] }]);
    await until(
      async () => hostsAsked,
      (times) => times >= 4,
    );
    await bench.close();
  });

  it('asks once more for the route of a task that was listed too late [T3]', async () => {
    let asked = 0;
    const bench: Bench = await openRealBench({
      activities: {
        routesInUse: async ({ since }) => {
          asked += 1;
          const answer = await routesInUse(bench.client, since);
          return asked === 1 ? { ...answer, routes: [] } : answer;
        },
      },
    });
    await new FleetGateway(bench.client).start();
    const tag = newTag();
    const { workflowId } = await bench.start({ command: ['x'], requires: [tag] });
    await inState(bench.client, workflowId, 'parked');
    await listed(bench, [routeQueue([tag])]);
    asked = 0;
    await bench.client.workflow.getHandle(FLEET_ID).terminate('by hand');
    const host = await standIn(bench, 'debby', { capabilities: [tag] });
    await host.register();
    await until(
      async () => host.synced.at(-1),
      (told) => told?.routes[0]?.queue === routeQueue([tag]),
      40_000,
    );
    expect(asked).toBe(2);
    await bench.close();
  });
});

describe('the routes in use', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench.close());

  /** A task that nobody works at, which says this of itself. */
  const listedAs = (route: string, requires: string[]) =>
    bench.client.workflow.start('task', {
      workflowId: `task/${randomUUID()}`,
      taskQueue: 'nobody',
      args: [{}],
      typedSearchAttributes: [
        { key: ColibriRoute, value: route },
        { key: ColibriRequires, value: requires },
      ],
    });
  const inUse = (after = LISTED_WITHIN_MS) =>
    new MockActivityEnvironment({ currentAttemptScheduledTimestampMs: after }).run(() =>
      routesInUse(bench.client, 0),
    ) as ReturnType<typeof routesInUse>;

  it('are found once each among thousands of tasks [T3]', async () => {
    await listedAs('route:first', ['first']);
    for (let i = 0; i < 1_050; i += 50) {
      await Promise.all(Array.from({ length: 50 }, () => listedAs(ANY_ROUTE, [])));
    }
    await until(
      () => bench.client.workflow.count("WorkflowType = 'task' AND ExecutionStatus = 'Running'"),
      ({ count }) => count === 1_051,
    );
    const { routes, all } = await inUse();
    expect(routes.sort((a, b) => (a.queue < b.queue ? -1 : 1))).toEqual([
      { queue: ANY_ROUTE, tags: [] },
      { queue: 'route:first', tags: ['first'] },
    ]);
    expect(all).toBe(true);
    expect((await inUse(LISTED_WITHIN_MS - 1)).all).toBe(false);
  });

  it('are not taken from a task whose tags make another route, and that does not answer [T3]', async () => {
    await listedAs('route:docker', ['linux']);
    await listed(bench, ['route:docker']);
    const { routes, all } = await inUse();
    expect(routes.map(({ queue }) => queue)).not.toContain('route:docker');
    expect(all).toBe(false);
  });
});
