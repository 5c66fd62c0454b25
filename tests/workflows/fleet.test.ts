import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import type { FleetHost } from '../../schemas/fleet.ts';
import type { SyncRoutes } from '../../schemas/host-activities.ts';
import { FLEET_ID, hostQueue } from '../../schemas/names.ts';
import { ANY_ROUTE, routeQueue } from '../../schemas/route.ts';
import { deferred } from '../../workers/deferred.ts';
import { ensureRoute, hostChanged, hostForgotten } from '../../workflows/messages.ts';
import { type Bench, openRealBench } from './bench.ts';
import { fleetHost, fleetOf, hostIs, standIn } from './host-stand-in.ts';
import { until } from './support.ts';

const newName = () => `h-${randomUUID().slice(0, 8)}`;

describe('the fleet', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
    await new FleetGateway(bench.client).start();
  });
  afterAll(() => bench.close());

  const fleet = () => bench.client.workflow.getHandle(FLEET_ID);
  const open = (tags: string[]) => fleet().executeUpdate(ensureRoute, { args: [{ queue: routeQueue(tags), tags }] });
  /** Without the route that requires nothing, which a test opens for all. */
  const queues = (sync: SyncRoutes | undefined) =>
    sync?.routes.map((route) => route.queue).filter((queue) => queue !== ANY_ROUTE) ?? [];

  /** A host that keeps what it is told. `answer` may hold it up or let it fail. */
  async function listener(capabilities: string[], more: Partial<FleetHost> = {}, answer = async () => {}) {
    const name = newName();
    const told: SyncRoutes[] = [];
    const served = await bench.serve(hostQueue(name), {
      syncRoutes: async (sync: SyncRoutes) => {
        told.push(sync);
        await answer();
      },
    });
    const host = fleetHost(name, capabilities, more);
    await fleet().signal(hostChanged, host);
    return { name, told, host, stop: () => served.stop() };
  }

  const last = (host: { told: SyncRoutes[] }, good: (sync: SyncRoutes | undefined) => boolean) =>
    until(async () => host.told.at(-1), good);

  it('tells a new route to every host whose tags satisfy it, and to no other [R4]', async () => {
    const both = await listener(['docker', 'linux']);
    const one = await listener(['linux']);
    await Promise.all([last(both, (sync) => sync !== undefined), last(one, (sync) => sync !== undefined)]);
    const before = one.told.length;
    expect(await open(['docker', 'linux'])).toMatchObject({ state: 'queued', reason: 'starting' });
    const sync = await last(both, (told) => queues(told).includes('route:docker+linux'));
    expect(sync?.draining).toBe(false);
    await open(['linux']);
    expect(queues(await last(one, (told) => queues(told).includes('route:linux')))).toEqual(['route:linux']);
    // The first route was never told to it, so that one push brought it all it needed.
    expect(one.told.length).toBe(before + 1);
    await Promise.all([both.stop(), one.stop()]);
  });

  it('tells the routes of everybody, which require nothing, to everybody [R3]', async () => {
    const host = await listener([newName()]);
    await open([]);
    expect((await last(host, (told) => told?.routes.length === 1))?.routes).toEqual([{ queue: ANY_ROUTE, tags: [] }]);
    await host.stop();
  });

  it('gathers what comes while a push is under way into the next one [R4]', async () => {
    const tag = newName();
    const { promise: held, resolve: release } = deferred<void>();
    const host = await listener([tag, ...Array.from({ length: 20 }, (_, i) => `t${i}`)], {}, () => held);
    await last(host, (told) => told !== undefined);
    await Promise.all(Array.from({ length: 20 }, (_, i) => open([`t${i}`, tag].sort())));
    release();
    await last(host, (told) => queues(told).filter((queue) => queue.includes(tag)).length === 20);
    expect(host.told.length).toBeLessThanOrEqual(3);
    await host.stop();
  });

  it('tells a host again that failed, and the others meanwhile without delay [R4]', async () => {
    const tag = newName();
    let fails = 2;
    const slow = await listener([tag], {}, async () => {
      fails -= 1;
      if (fails >= 0) throw new Error('not now');
    });
    const quick = await listener([tag]);
    await open([tag]);
    await last(quick, (told) => queues(told).includes(routeQueue([tag])));
    await until(
      async () => fails,
      (left) => left < 0,
    );
    expect(queues(slow.told.at(-1))).toContain(routeQueue([tag]));
    await Promise.all([slow.stop(), quick.stop()]);
  });

  it('tells nothing to a host that is stale or offline, and all of it once it is back [P2]', async () => {
    const tag = newName();
    const host = await listener([tag], { status: 'stale' });
    expect(await open([tag])).toMatchObject({ state: 'parked', reason: 'all-offline' });
    await fleet().signal(hostChanged, { ...host.host, status: 'offline' });
    const { hosts } = await fleetOf(bench.client);
    expect(hosts.find(({ name }) => name === host.name)?.status).toBe('offline');
    expect(host.told).toEqual([]);
    await fleet().signal(hostChanged, { ...host.host, status: 'online' });
    await last(host, (told) => queues(told).includes(routeQueue([tag])));
    await host.stop();
  });

  it('opens what a gained tag unlocks and closes what a lost one locks [R2]', async () => {
    const [kept, other] = [newName(), newName()];
    const host = await listener([kept]);
    await open([kept]);
    await open([kept, other].sort());
    await last(host, (told) => queues(told).join() === routeQueue([kept]));
    await fleet().signal(hostChanged, { ...host.host, capabilities: [kept, other] });
    await last(host, (told) => queues(told).length === 2);
    await fleet().signal(hostChanged, { ...host.host, capabilities: [other] });
    await last(host, (told) => told !== undefined && queues(told).length === 0);
    await host.stop();
  });

  it('tells a draining host that it drains [P4]', async () => {
    const host = await listener([newName()], { status: 'draining' });
    expect((await last(host, (told) => told !== undefined))?.draining).toBe(true);
    await host.stop();
  });

  it('goes on through signals and updates that it cannot read [T2]', async () => {
    for (const body of [undefined, null, {}, { name: 7 }, { ...fleetHost('x', []), status: 'busy' }]) {
      await fleet().signal<[unknown]>(hostChanged.name, body);
      await fleet().signal<[unknown]>(hostForgotten.name, body);
    }
    await expect(
      fleet().executeUpdate<unknown, [unknown]>(ensureRoute.name, { args: [{ queue: 1 }] }),
    ).rejects.toThrow();
    const host = await listener([newName()]);
    await last(host, (told) => told !== undefined);
    const { hosts } = await fleetOf(bench.client);
    expect(hosts.map(({ name }) => name)).not.toContain('x');
    await host.stop();
  });

  it('learns of the hosts again after it was ended by hand [T3]', async () => {
    const real = await standIn(bench, newName());
    await real.register();
    await hostIs(bench.client, real.registration.name, 'online');
    // Its list of running workflows is written a moment later than they start.
    await until(
      () => bench.client.workflow.count("WorkflowType = 'host' AND ExecutionStatus = 'Running'"),
      ({ count }) => count === 1,
    );
    await fleet().terminate('by hand');
    await new FleetGateway(bench.client).start();
    await hostIs(bench.client, real.registration.name, 'online');
    real.leave();
    await hostIs(bench.client, real.registration.name, 'offline');
    await real.stop();
  });

  it('is asked again for a route that a fleet ended by hand took with it [T3]', async () => {
    const gateway = new FleetGateway(bench.client);
    const tag = newName();
    await gateway.route({ tags: [tag] });
    await fleet().terminate('by hand');
    await gateway.start();
    await until(
      async () => {
        await gateway.route({ tags: [tag] });
        return fleetOf(bench.client);
      },
      ({ routes }) => routes.some(({ queue }) => queue === routeQueue([tag])),
    );
  });
});
