import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import type { SyncRoutes } from '../../schemas/host-activities.ts';
import { FLEET_ID, hostQueue } from '../../schemas/names.ts';
import { routeQueue } from '../../schemas/route.ts';
import { deferred } from '../../workers/deferred.ts';
import { ensureRoute, hostChanged } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { openBench, type TimeSkippingBench } from './bench.ts';
import { fleetHost, fleetOf } from './host-stand-in.ts';
import { until } from './support.ts';

describe.skipIf(noTimeSkipping())('routes that nobody needs', () => {
  let bench: TimeSkippingBench;
  const tasks = new Map<string, number>();
  let asked: string[] = [];
  let answer = Promise.resolve();
  beforeAll(async () => {
    bench = await openBench({
      activities: {
        openTasks: async ({ queue }) => {
          asked.push(queue);
          await answer;
          const open = tasks.get(queue);
          if (open === undefined) throw new Error('the list of workflows is away');
          return open;
        },
      },
    });
    await new FleetGateway(bench.client).start();
  });
  beforeEach(() => {
    asked = [];
  });
  afterAll(() => bench.close());

  const fleet = () => bench.client.workflow.getHandle(FLEET_ID);
  const routes = async () => (await fleetOf(bench.client)).routes.map(({ queue }) => queue);
  const open = (tag: string) =>
    fleet().executeUpdate(ensureRoute, { args: [{ queue: routeQueue([tag]), tags: [tag] }] });

  it('are closed after a day, told to the hosts, and opened again on demand; those with tasks stay [R4]', async () => {
    const told: SyncRoutes[] = [];
    await bench.serve(hostQueue('debby'), { syncRoutes: async (sync: SyncRoutes) => void told.push(sync) });
    await open('idle');
    await open('parked');
    tasks.set('route:idle', 0).set('route:parked', 1);
    await fleet().signal(hostChanged, fleetHost('debby', ['idle', 'parked']));
    await until(
      async () => told.at(-1)?.routes.length,
      (count) => count === 2,
    );
    await bench.env.sleep('23h');
    expect(asked).toEqual([]);
    await bench.env.sleep('3h');
    await until(routes, (queues) => queues.join() === 'route:parked');
    await until(
      async () => told.at(-1)?.routes.map(({ queue }) => queue),
      (queues) => queues?.join() === 'route:parked',
    );
    // One with tasks is looked at once a day, not every hour from then on.
    await bench.env.sleep('20h');
    expect(asked.filter((queue) => queue === 'route:parked')).toHaveLength(1);
    await open('idle');
    expect((await routes()).sort()).toEqual(['route:idle', 'route:parked']);
  });

  it('stay open while nobody can tell, and hold up nothing else [T3]', async () => {
    await open('unknown');
    await bench.env.sleep('26h');
    await until(
      async () => asked.filter((queue) => queue === 'route:unknown').length,
      (times) => times >= 1,
    );
    // The question is repeated for seconds; meanwhile a host is told at once.
    const told: SyncRoutes[] = [];
    await bench.serve(hostQueue('osa'), { syncRoutes: async (sync: SyncRoutes) => void told.push(sync) });
    await fleet().signal(hostChanged, fleetHost('osa', ['unknown']));
    await until(
      async () => told.length,
      (count) => count > 0,
    );
    expect(await routes()).toContain('route:unknown');
  });

  it('keep nobody waiting who asks the fleet while it asks for their tasks [R4]', async () => {
    await open('slow');
    const { promise, resolve } = deferred<void>();
    answer = promise;
    // Not awaited: an activity at work holds the clock.
    const slept = bench.env.sleep('26h');
    await until(
      async () => asked.length,
      (times) => times > 0,
    );
    const before = Date.now();
    await open('meanwhile');
    expect(await routes()).toContain('route:meanwhile');
    // A local activity would hold the fleet until most of its workflow task's 10 s are over.
    expect(Date.now() - before).toBeLessThan(4_000);
    resolve();
    await slept;
  });
});
