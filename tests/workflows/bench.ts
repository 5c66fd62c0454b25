import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import {
  DefaultLogger,
  makeTelemetryFilterString,
  NativeConnection,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { ControlActivities } from '../../activities/control-activities.ts';
import { createActivities } from '../../activities/create-activities.ts';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import { CONTROL_QUEUE, FLEET_QUEUE } from '../../schemas/names.ts';
import { DYNAMIC_CONFIG } from '../../server/dynamic-config.ts';
import { prepareNamespace } from '../../server/namespace.ts';
import type { Skill } from '../../workers/skills.ts';
import type { task } from '../../workflows/task.ts';
import { startServer, type TestServer, testNamespace, timeSkippingEnv } from '../support/temporal-server.ts';

// Failing workflow tasks are what some tests are about: they read them from the history.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});

export const BUNDLE = { codePath: fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url)) };

export interface Bench {
  client: Client;
  /** Starts a task as a stranger would: any input, a workflow id of its own unless given. */
  start(input: unknown, workflowId?: string): Promise<WorkflowHandleWithFirstExecutionRunId<typeof task>>;
  /** A worker for one queue, as a stand-in for a host. */
  serve(queue: string, activities: Record<string, (...args: never[]) => Promise<unknown>>): Promise<Served>;
  /** A worker for the workflows. One runs from the start; this one is for after it was stopped. */
  control(): Promise<Served>;
  /** The one that runs from the start. */
  controlWorker: Served;
  close(): Promise<void>;
}

/** A bench on the time-skipping server. */
export interface TimeSkippingBench extends Bench {
  env: TestWorkflowEnvironment;
}

export interface Served {
  stop(): Promise<void>;
}

export interface BenchOptions {
  skills?: ReadonlyMap<string, Skill>;
  /** In place of the real ones; the time-skipping server knows no lists and no counts. */
  activities?: Partial<ControlActivities>;
}

/** The time-skipping server with the control side's worker on it, and its real activities. */
export async function openBench(options: BenchOptions = {}): Promise<TimeSkippingBench> {
  const env = await timeSkippingEnv();
  const activities = {
    openTasks: async () => 0,
    askHosts: async () => undefined,
    routesInUse: async () => ({ routes: [], all: true }),
    ...options.activities,
  };
  const bench = await benchOn(env.client, { address: env.address, namespace: 'default' }, { ...options, activities });
  return {
    ...bench,
    env,
    async close() {
      await bench.close();
      await env.teardown();
    },
  };
}

/** The same in a namespace of its own on the development server, for what the time-skipping one does otherwise. */
export async function openRealBench(options: BenchOptions = {}, server?: TestServer): Promise<Bench> {
  const { address, namespace } = server ?? (await testNamespace());
  const connection = await Connection.connect({ address });
  const bench = await benchOn(new Client({ connection, namespace }), { address, namespace }, options);
  return {
    ...bench,
    async close() {
      await bench.close();
      await connection.close();
    },
  };
}

/**
 * A server of one's own that suggests to continue as new after a few dozen events instead of 4,096. Before the bench, its
 * namespace has the search attributes.
 */
export async function shortHistoryServer(): Promise<TestServer & { stop(): Promise<void> }> {
  const settings: Record<string, number | boolean> = DYNAMIC_CONFIG;
  settings['limit.historyCount.suggestContinueAsNew'] = 40;
  const server = await startServer();
  const connection = await Connection.connect({ address: server.address });
  await prepareNamespace(connection, 'default').finally(() => connection.close());
  return { address: server.address, namespace: 'default', stop: () => server.stop() };
}

async function benchOn(client: Client, server: TestServer, options: BenchOptions): Promise<Bench> {
  const running = new Set<Served>();
  const run = async (more: Pick<WorkerOptions, 'taskQueue' | 'activities' | 'workflowBundle'>): Promise<Served> => {
    // A connection each: the SDK wants no two workers of one connection on one queue.
    const connection = await NativeConnection.connect({ address: server.address });
    const worker = await Worker.create({ ...common, ...more, connection });
    const done = worker.run().finally(() => connection.close());
    const served = {
      async stop() {
        running.delete(served);
        if (worker.getState() === 'RUNNING') worker.shutdown();
        await done;
      },
    };
    running.add(served);
    return served;
  };
  const common = {
    namespace: server.namespace,
    shutdownGraceTime: 0,
    // The SDK holds heartbeats back for most of a lease; a host of ours does not.
    defaultHeartbeatThrottleInterval: 50,
    maxHeartbeatThrottleInterval: 50,
  };
  const { skills = new Map() } = options;
  const control = async () => {
    const activities = {
      ...createActivities({ client, fleet: new FleetGateway(client), skills, defaultLeaseMs: 30_000 }),
      ...options.activities,
    };
    const queues = [CONTROL_QUEUE, FLEET_QUEUE];
    const workers = await Promise.all(
      queues.map((taskQueue) => run({ taskQueue, workflowBundle: BUNDLE, activities })),
    );
    return {
      async stop() {
        for (const worker of workers) await worker.stop();
      },
    };
  };
  return {
    client,
    control,
    controlWorker: await control(),
    start: (input, workflowId = `task/${randomUUID()}`) =>
      client.workflow.start<typeof task>('task', { workflowId, taskQueue: CONTROL_QUEUE, args: [input] }),
    serve: (queue, activities) => run({ taskQueue: queue, activities }),
    async close() {
      await Promise.all([...running].map((served) => served.stop()));
    },
  };
}
