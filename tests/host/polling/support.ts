import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import {
  Client,
  Connection,
  WorkflowFailedError,
  type WorkflowHandleWithFirstExecutionRunId,
} from '@temporalio/client';
import { ActivityFailure, type DataConverter } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { openHostConnection } from '../../../workers/host/polling/connection.ts';
import { ActivityGateway, type ActivityGatewayOptions } from '../../../workers/host/polling/gateway.ts';
import { RoutePool } from '../../../workers/host/polling/route-pool.ts';
import type { Route } from '../../../workers/host/polling/route-state.ts';
import type { ActivityTask } from '../../../workers/host/polling/types.ts';
import type { RunOnRequest, runOn } from './workflows.ts';

export type Submission = Omit<RunOnRequest, 'queue' | 'type'> & { type?: string };

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** A side of the control worker's kind for the tests: runs the workflows, submits, and opens gateways for the host side. */
export interface Workbench {
  readonly client: Client;
  /** Where its workflows run; another workbench on the same queue goes on with them. */
  readonly taskQueue: string;
  gateway(options?: Partial<ActivityGatewayOptions>): ActivityGateway;
  /** Starts a workflow that schedules one activity (type `work` unless said) on `queue`. */
  submit(queue: string, submission?: Submission): Promise<WorkflowHandleWithFirstExecutionRunId<typeof runOn>>;
  close(): Promise<void>;
}

export async function openWorkbench(
  address: string,
  dataConverter?: DataConverter,
  taskQueue: string = `polling-tests-${randomUUID()}`,
): Promise<Workbench> {
  const converter = dataConverter ? { dataConverter } : {};
  const connection = await Connection.connect({ address });
  const client = new Client({ connection, ...converter });
  const native = await NativeConnection.connect({ address });
  const worker = await Worker.create({
    connection: native,
    taskQueue,
    workflowsPath: fileURLToPath(new URL('./workflows.ts', import.meta.url)),
    ...converter,
  });
  const running = worker.run();
  const hostConnection = openHostConnection({ address });
  const gateways: ActivityGateway[] = [];
  return {
    client,
    taskQueue,
    gateway(options = {}) {
      const gateway = new ActivityGateway({
        connection: hostConnection,
        namespace: 'default',
        identity: 'host-under-test',
        ...converter,
        ...options,
      });
      gateways.push(gateway);
      return gateway;
    },
    submit(queue, { type = 'work', ...rest } = {}) {
      const workflowId = `polling-test/${randomUUID()}`;
      return client.workflow.start<typeof runOn>('runOn', { workflowId, taskQueue, args: [{ ...rest, queue, type }] });
    },
    async close() {
      for (const gateway of gateways) gateway.close();
      worker.shutdown();
      await running;
      await hostConnection.close();
      await connection.close();
      await native.close();
    },
  };
}

/** Why the activity failed, as its workflow saw it. */
export async function causeOf(result: Promise<unknown>): Promise<unknown> {
  const error = await result.then(
    () => new Error('it did not fail'),
    (thrown) => thrown,
  );
  if (!(error instanceof WorkflowFailedError)) throw error;
  return error.cause instanceof ActivityFailure ? error.cause.cause : error.cause;
}

export function uniqueQueue(name: string): string {
  return `route:${name}-${randomUUID().slice(0, 8)}`;
}

/** Polls until a task comes: an empty poll is not an answer. */
export async function nextTask(gateway: ActivityGateway, queue: string): Promise<ActivityTask> {
  for (;;) {
    const task = await gateway.poll(queue);
    if (task) return task;
  }
}

/** Resolves when `condition` holds; rejects with `what` when that takes longer than `withinMs`. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
  withinMs = 30_000,
): Promise<void> {
  const end = performance.now() + withinMs;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`not in ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** A promise with its settling functions; `Promise.withResolvers` came after Node 20. */
export function deferred<T = void>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => {};
  const promise = new Promise<T>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
}

export interface PoolUnderTest {
  readonly pool: RoutePool;
  /** Tasks that hold a slot, in the order they came. */
  readonly running: { task: ActivityTask; finish(result?: unknown): Promise<void> }[];
  /** Inputs of all tasks taken, in order. */
  readonly taken: unknown[];
  /** The most slots ever used at once. */
  readonly peak: () => number;
}

/** A pool whose tasks hold their slot until the test finishes them, or for `holdMs`. */
export function openPool(
  gateway: ActivityGateway,
  slots: number,
  options: { holdMs?: number; qualifies?: (task: ActivityTask) => string | null } = {},
): PoolUnderTest {
  const running: PoolUnderTest['running'] = [];
  const taken: unknown[] = [];
  let now = 0;
  let peak = 0;
  const onTask = async (task: ActivityTask) => {
    now += 1;
    peak = Math.max(peak, now);
    taken.push(task.input[0]);
    const { promise, resolve } = deferred<unknown>();
    const ended = deferred();
    const entry = {
      task,
      finish(result?: unknown) {
        resolve(result);
        return ended.promise;
      },
    };
    running.push(entry);
    if (options.holdMs !== undefined) setTimeout(() => resolve(task.input[0]), options.holdMs);
    const result = await promise;
    await gateway.complete(task, result);
    running.splice(running.indexOf(entry), 1);
    now -= 1;
    ended.resolve();
  };
  const qualifies = (_route: Route, task: ActivityTask) => options.qualifies?.(task) ?? null;
  return { pool: new RoutePool({ gateway, slots, onTask, qualifies }), running, taken, peak: () => peak };
}

export function routesOf(...queues: string[]): Route[] {
  return queues.map((queue) => ({ queue, tags: [] }));
}
