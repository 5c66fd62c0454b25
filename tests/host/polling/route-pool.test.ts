import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../../server/embedded-server.ts';
import type { RoutePool } from '../../../workers/host/polling/route-pool.ts';
import { startServer } from '../../support/temporal-server.ts';
import { openPool, openWorkbench, routesOf, type Submission, uniqueQueue, until, type Workbench } from './support.ts';

let server: EmbeddedServer;
let bench: Workbench;
const pools: RoutePool[] = [];

beforeAll(async () => {
  server = await startServer();
  bench = await openWorkbench(server.address);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.stop({ cancelPolls: true })));
});
afterAll(async () => {
  await bench.close();
  await server.stop();
});

function open(slots: number, options: Parameters<typeof openPool>[2] = {}) {
  const gateway = bench.gateway();
  const opened = openPool(gateway, slots, options);
  pools.push(opened.pool);
  return { gateway, ...opened };
}

/** Queues with one task each, which entered them in this order. */
async function waitingOn(tasks: (Submission & { name: string })[]): Promise<string[]> {
  const gateway = bench.gateway();
  const queues: string[] = [];
  for (const { name, ...submission } of tasks) {
    const queue = uniqueQueue(name);
    queues.push(queue);
    await bench.submit(queue, { input: name, ...submission });
    await until(`${name} waits in its queue`, async () => (await gateway.backlog(queue)).total === 1);
  }
  return queues;
}

describe('RoutePool', () => {
  it('starts a task at once on whichever of its routes it comes [R4]', async () => {
    const queues = Array.from({ length: 20 }, (_, n) => uniqueQueue(`free${n}`));
    const { pool } = open(4, { holdMs: 1 });
    pool.setRoutes(routesOf(...queues));
    await until('a poll is out on each', () => pool.stats.pollsOut === 20);
    for (const queue of [queues[0], queues[19], queues[7], queues[7]]) {
      const handle = await bench.submit(queue ?? '', { input: 'x' });
      expect(await handle.result()).toBe('x');
    }
    expect(pool.stats).toMatchObject({ taken: 4, declined: 0, routes: 20 });
    await pool.idle();
    expect(pool.used).toBe(0);
  });

  it('gives a freed slot to the most urgent task of all its routes, then to the oldest [R8]', async () => {
    const busy = uniqueQueue('busy');
    const { pool, running, taken } = open(1);
    pool.setRoutes(routesOf(busy));
    await bench.submit(busy, { input: 'first' });
    await until('the slot is used', () => pool.used === 1);
    const waiting = await waitingOn([
      { name: 'low', priority: { priorityKey: 5 } },
      { name: 'default-old' },
      { name: 'default-new' },
      { name: 'urgent', priority: { priorityKey: 1 } },
      { name: 'high', priority: { priorityKey: 2 } },
    ]);
    pool.setRoutes(routesOf(busy, ...waiting));
    for (let n = 0; n < 6; n++) {
      await until('the next task runs', () => running.length === 1);
      await running[0]?.finish(null);
    }
    expect(taken).toEqual(['first', 'urgent', 'high', 'default-old', 'default-new', 'low']);
    expect(pool.stats.declined).toBeLessThanOrEqual(1);
  });

  it('asks before it polls at start, so that the most urgent of what waited comes first [R8]', async () => {
    const waiting = await waitingOn([
      { name: 'a', priority: { priorityKey: 4 } },
      { name: 'b', priority: { priorityKey: 2 } },
      { name: 'c', priority: { priorityKey: 3 } },
    ]);
    const { pool, running, taken } = open(1);
    pool.setRoutes(routesOf(...waiting));
    for (let n = 0; n < 3; n++) {
      await until('the next task runs', () => running.length === 1);
      await running[0]?.finish(null);
    }
    expect(taken).toEqual(['b', 'c', 'a']);
    expect(pool.stats.declined).toBe(0);
  });

  it('declines at most once per route while it is full, and what it declined ends [R9]', async () => {
    const queues = Array.from({ length: 8 }, (_, n) => uniqueQueue(`once${n}`));
    const { pool, running, peak } = open(1);
    pool.setRoutes(routesOf(...queues));
    await until('a poll is out on each', () => pool.stats.pollsOut === 8);
    await bench.submit(queues[0] ?? '', { input: 'holder' });
    await until('the slot is used', () => pool.used === 1);
    const handles = await Promise.all(
      queues
        .slice(1)
        .flatMap((queue) => [bench.submit(queue, { input: queue }), bench.submit(queue, { input: queue })]),
    );
    const gateway = bench.gateway();
    await until('all are back in their queues', async () => {
      const backlogs = await Promise.all(queues.slice(1).map((queue) => gateway.backlog(queue)));
      return backlogs.every(({ total }) => total === 2);
    });
    expect(pool.stats).toMatchObject({ taken: 1, declined: 7, fills: 1, pollsOut: 0 });
    expect(Object.values(pool.stats.declinesByRoute)).toEqual(Array.from({ length: 7 }, () => ({ HostBusy: 1 })));
    const draining = setInterval(() => void running[0]?.finish('done'), 5);
    expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(handles.map(() => 'done'));
    clearInterval(draining);
    expect(peak()).toBe(1);
  });

  it('holds its slots exactly over random loads, and every task ends [R9]', async () => {
    const load = fc.record({
      slots: fc.integer({ min: 1, max: 5 }),
      routes: fc.integer({ min: 1, max: 8 }),
      holdMs: fc.integer({ min: 0, max: 60 }),
      resize: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      tasks: fc.array(fc.record({ route: fc.nat({ max: 7 }), priorityKey: fc.integer({ min: 1, max: 5 }) }), {
        minLength: 5,
        maxLength: 25,
      }),
    });
    await fc.assert(
      fc.asyncProperty(load, async ({ slots, routes, holdMs, resize, tasks }) => {
        const queues = Array.from({ length: routes }, (_, n) => uniqueQueue(`load${n}`));
        const { pool, peak } = open(slots, { holdMs });
        pool.setRoutes(routesOf(...queues));
        const handles = await Promise.all(
          tasks.map(({ route, priorityKey }, input) =>
            bench.submit(queues[route % routes] ?? '', { input, priority: { priorityKey } }),
          ),
        );
        if (resize !== undefined) pool.setSlots(resize);
        const results = await Promise.all(handles.map((handle) => handle.result()));
        expect(results).toEqual(tasks.map((_, n) => n));
        expect(peak()).toBeLessThanOrEqual(Math.max(slots, resize ?? 0));
        const { fills, declinesByRoute } = pool.stats;
        for (const { HostBusy = 0 } of Object.values(declinesByRoute)) expect(HostBusy).toBeLessThanOrEqual(fills);
        await pool.stop({ cancelPolls: true });
        expect(pool.stats.pollsOut).toBe(0);
      }),
      { numRuns: 6 },
    );
  });

  it('lets a quiet route have its turn beside one that is never empty [R9]', async () => {
    const [flooded, quiet] = [uniqueQueue('flooded'), uniqueQueue('quiet')];
    const { pool, taken } = open(1, { holdMs: 5 });
    const flood = await Promise.all(Array.from({ length: 20 }, () => bench.submit(flooded, { input: 'flood' })));
    pool.setRoutes(routesOf(flooded, quiet));
    await until('the flood is served', () => taken.length >= 2);
    let answered = false;
    const single = (await bench.submit(quiet, { input: 'quiet' })).result().finally(() => {
      answered = true;
    });
    await until('the quiet one had its turn', async () => {
      if (flood.length - taken.length < 10) flood.push(await bench.submit(flooded, { input: 'flood' }));
      return answered;
    });
    expect(await single).toBe('quiet');
    await Promise.all(flood.map((handle) => handle.result()));
    // What was there before it came, and a few.
    expect(taken.indexOf('quiet')).toBeLessThan(40);
  });

  it('declines what the last poll of a closed route brings, and another host gets it [R2]', async () => {
    const queue = uniqueQueue('closed');
    const { pool } = open(2);
    pool.setRoutes(routesOf(queue));
    await until('its poll is out', () => pool.stats.pollsOut === 1);
    pool.setRoutes([]);
    expect(pool.stats).toMatchObject({ routes: 0, pollsOut: 1 });
    const other = open(1, { holdMs: 1 });
    const handle = await bench.submit(queue, { input: 'mine' });
    await until('it was declined', () => pool.stats.declined === 1);
    await pool.idle();
    other.pool.setRoutes(routesOf(queue));
    expect(await handle.result()).toBe('mine');
    expect(pool.stats).toMatchObject({ taken: 0, declined: 1, pollsOut: 0 });
  });

  it('takes a route back whose last poll is still out without a second one [R2]', async () => {
    const queue = uniqueQueue('reopened');
    const { pool } = open(2, { holdMs: 1 });
    pool.setRoutes(routesOf(queue));
    await until('its poll is out', () => pool.stats.pollsOut === 1);
    pool.setRoutes([]);
    pool.setRoutes(routesOf(queue));
    expect(pool.stats).toMatchObject({ routes: 1, pollsOut: 1, polls: 1 });
    expect(await (await bench.submit(queue, { input: 'x' })).result()).toBe('x');
  });

  it('declines what comes while it drains, and goes on when resumed [P4]', async () => {
    const queues = [uniqueQueue('drain-a'), uniqueQueue('drain-b')];
    const { pool, running } = open(1, {});
    pool.setRoutes(routesOf(...queues));
    await until('its polls are out', () => pool.stats.pollsOut === 2);
    pool.pause('an operator drains this host');
    const handle = await bench.submit(queues[0] ?? '');
    await until('it was declined', () => pool.stats.declined === 1);
    expect(pool.stats.declinesByRoute[queues[0] ?? '']).toEqual({ HostDraining: 1 });
    const { pendingActivities } = await handle.describe().then(({ raw }) => raw);
    expect(pendingActivities?.[0]?.lastFailure?.message).toContain('an operator drains this host');
    expect(pool.used).toBe(0);
    pool.resume();
    await until('it runs', () => running.length === 1);
    await running[0]?.finish('late');
    expect(await handle.result()).toBe('late');
  });

  it('asks whether it qualifies before each task, and does not take one in circles [R4]', async () => {
    const queue = uniqueQueue('unfit');
    const { pool, taken } = open(1, { qualifies: () => 'docker has gone' });
    pool.setRoutes(routesOf(queue));
    const handle = await bench.submit(queue, { input: 'x' });
    await until('it was declined', () => pool.stats.declined === 1);
    expect(pool.stats.declinesByRoute[queue]).toEqual({ HostUnqualified: 1 });
    const fit = open(1, { holdMs: 1 });
    fit.pool.setRoutes(routesOf(queue));
    expect(await handle.result()).toBe('x');
    expect(taken).toEqual([]);
    expect(pool.stats.declined).toBe(1);
  });

  it('opens a thousand routes a few at a time, and ends all its polls at once [R9]', async () => {
    const gateway = bench.gateway();
    let inThisTick = 0;
    let most = 0;
    const poll: typeof gateway.poll = (queue, signal) => {
      inThisTick += 1;
      most = Math.max(most, inThisTick);
      setImmediate(() => {
        inThisTick = 0;
      });
      return gateway.poll(queue, signal);
    };
    const { pool } = openPool(
      new Proxy(gateway, {
        get: (target, name) => {
          const value = Reflect.get(target, name, target);
          if (name === 'poll') return poll;
          return typeof value === 'function' ? value.bind(target) : value;
        },
      }),
      2,
      { holdMs: 1 },
    );
    pools.push(pool);
    const queues = Array.from({ length: 1_000 }, (_, n) => uniqueQueue(`many${n}`));
    pool.setRoutes(routesOf(...queues));
    await until('a poll is out on each', () => pool.stats.pollsOut === 1_000, 90_000);
    expect(most).toBeLessThanOrEqual(50);
    const handle = await bench.submit(queues[777] ?? '', { input: 777 });
    expect(await handle.result()).toBe(777);
    await pool.stop({ cancelPolls: true });
    expect(pool.stats.pollsOut).toBe(0);
  }, 120_000);
});
