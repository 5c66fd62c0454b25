import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Worker } from '@temporalio/worker';
import { openHostConnection } from '../workers/host/polling/connection.ts';
import { ActivityGateway } from '../workers/host/polling/gateway.ts';
import { RoutePool } from '../workers/host/polling/route-pool.ts';
import { beside, type Figure, figure, percentile } from './figure.ts';
import type { benchPollerTask } from './poller-workflow.ts';

const LATENCY_RUNS = 60;
const THROUGHPUT_TASKS = 240;
const SLOTS = 8;
const IDLE_ROUTES = [1, 50, 200, 1_000];
const MEMORY_GOALS: Record<number, string> = { 200: '<= 20', 1000: '<= 60' };
/** Longer than a poll lasts, so that each route's polling anew is part of it. */
const IDLE_SECONDS = 65;

/**
 * Our poller beside the SDK's Worker, and what many routes cost. Takes about two minutes.
 * @param address a running server with Colibri's settings (`startEmbeddedServer`).
 */
export async function* benchPoller(address: string): AsyncGenerator<Figure> {
  const side = await openSubmitter(address);
  try {
    yield* besideTheWorker(side, address);
    yield* manyRoutes(side, address);
  } finally {
    await side.close();
  }
  yield* idleRoutes(address);
}

interface Submitter {
  readonly native: NativeConnection;
  /** One task on a queue, from submission to result, in milliseconds. */
  run(queue: string): Promise<number>;
  close(): Promise<void>;
}

async function openSubmitter(address: string): Promise<Submitter> {
  const connection = await Connection.connect({ address });
  const native = await NativeConnection.connect({ address });
  const client = new Client({ connection });
  const taskQueue = `bench-poller-${randomUUID()}`;
  const worker = await Worker.create({ connection: native, taskQueue, workflowsPath: sibling('poller-workflow') });
  const running = worker.run();
  return {
    native,
    async run(queue) {
      const from = performance.now();
      const workflowId = `bench-poller/${randomUUID()}`;
      await client.workflow.execute<typeof benchPollerTask>('benchPollerTask', {
        workflowId,
        taskQueue,
        args: [queue],
      });
      return performance.now() - from;
    },
    async close() {
      worker.shutdown();
      await running;
      await native.close();
      await connection.close();
    },
  };
}

/** This file's neighbour, as compiled or as source. */
function sibling(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}

/** Serves the queues until `body` has ended, with our pool. */
async function withPool<T>(address: string, queues: string[], body: (pool: RoutePool) => Promise<T>): Promise<T> {
  const connection = openHostConnection({ address });
  const gateway = new ActivityGateway({ connection, namespace: 'default', identity: 'bench-pool' });
  const onTask = async (task: Parameters<ActivityGateway['complete']>[0]) => {
    await gateway.complete(task, undefined);
  };
  const pool = new RoutePool({ gateway, slots: SLOTS, onTask, qualifies: () => null });
  pool.setRoutes(queues.map((queue) => ({ queue, tags: [] })));
  try {
    return await body(pool);
  } finally {
    await pool.stop({ cancelPolls: true });
    gateway.close();
    await connection.close();
  }
}

async function* besideTheWorker(side: Submitter, address: string): AsyncGenerator<Figure> {
  const [ours, theirs] = [`bench-ours-${randomUUID()}`, `bench-theirs-${randomUUID()}`];
  const worker = await Worker.create({
    connection: side.native,
    taskQueue: theirs,
    activities: { work: async () => undefined },
    maxConcurrentActivityTaskExecutions: SLOTS,
  });
  const running = worker.run();
  try {
    yield* await withPool(address, [ours], async () => {
      const latency = { ours: [] as number[], theirs: [] as number[] };
      for (let n = 0; n < LATENCY_RUNS; n++) {
        // In turn, so that both meet the same machine.
        latency.ours.push(await side.run(ours));
        latency.theirs.push(await side.run(theirs));
      }
      // Twice each, in turn: the second of each is warm.
      await throughput(side, () => theirs);
      await throughput(side, () => ours);
      const theirRate = await throughput(side, () => theirs);
      const ourRate = await throughput(side, () => ours);
      return [
        beside('poller.latency.p50', 'ms', percentile(latency.ours, 0.5), percentile(latency.theirs, 0.5), '<= 1.1'),
        beside(`poller.throughput.${SLOTS}-slots`, 'tasks/s', ourRate, theirRate, '>= 0.8'),
      ];
    });
  } finally {
    worker.shutdown();
    await running;
  }
}

async function* manyRoutes(side: Submitter, address: string): AsyncGenerator<Figure> {
  const queues = Array.from({ length: 200 }, () => `bench-many-${randomUUID()}`);
  yield* await withPool(address, queues, async (pool) => {
    while (pool.stats.pollsOut < queues.length) await new Promise((resolve) => setTimeout(resolve, 20));
    const rate = await throughput(side, (n) => queues[(n * 7) % queues.length] ?? '', 300);
    await pool.idle();
    return [
      figure('poller.300-tasks-200-routes.throughput', 'tasks/s', rate),
      figure('poller.300-tasks-200-routes.declines', 'declines', pool.stats.declined),
      figure('poller.300-tasks-200-routes.fills', 'fill-ups', pool.stats.fills),
    ];
  });
}

async function* idleRoutes(address: string): AsyncGenerator<Figure> {
  const child = promisify(execFile);
  const measured = [0, ...IDLE_ROUTES].map(async (routes) => {
    const args = ['--expose-gc', sibling('poller-idle-child'), address, String(routes), String(IDLE_SECONDS)];
    const { stdout } = await child(process.execPath, args);
    return { routes, ...(JSON.parse(stdout) as { rssBytes: number; cpuPercent: number }) };
  });
  const [base, ...withRoutes] = await Promise.all(measured);
  for (const { routes, rssBytes, cpuPercent } of withRoutes) {
    const overBase = rssBytes - (base?.rssBytes ?? 0);
    const goal = MEMORY_GOALS[routes];
    yield figure(`poller.idle.${routes}-routes.memory`, 'MiB over base', overBase / 2 ** 20, goal ? { goal } : {});
    yield figure(`poller.idle.${routes}-routes.cpu`, '% of a core', cpuPercent, { goal: '<= 5' });
  }
}

/** Tasks per second, all submitted at once. */
async function throughput(side: Submitter, queueOf: (n: number) => string, tasks = THROUGHPUT_TASKS): Promise<number> {
  const from = performance.now();
  await Promise.all(Array.from({ length: tasks }, (_, n) => side.run(queueOf(n))));
  return tasks / ((performance.now() - from) / 1_000);
}
