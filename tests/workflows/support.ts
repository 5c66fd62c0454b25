import { randomUUID } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, Connection, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
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
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { CONTROL_QUEUE, sessionIdOf } from '../../schemas/names.ts';
import { routeQueue } from '../../schemas/route.ts';
import type { AttemptResult, TaskView } from '../../schemas/task.ts';
import { isTerminal } from '../../schemas/task-state.ts';
import { DYNAMIC_CONFIG } from '../../server/dynamic-config.ts';
import { prepareNamespace } from '../../server/namespace.ts';
import type { Skill } from '../../workers/skills.ts';
import { claimed, taskView } from '../../workflows/messages.ts';
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
  const activities = { openTasks: async () => 0, askHosts: async () => undefined, ...options.activities };
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
  const control = () =>
    run({
      taskQueue: CONTROL_QUEUE,
      workflowBundle: BUNDLE,
      activities: {
        ...createActivities({ client, fleet: new FleetGateway(client), skills, defaultLeaseMs: 30_000 }),
        ...options.activities,
      },
    });
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

/** A tag that no other test uses, and the queue of its route. */
export function ownRoute(): { tag: string; queue: string } {
  const tag = `t-${randomUUID().slice(0, 13)}`;
  return { tag, queue: routeQueue([tag]) };
}

/** How an attempt ended, as a host would report it. */
export function resultOf(input: RunAgentInput, more: Partial<AttemptResult> = {}): AttemptResult {
  const attempt = more.attempt ?? input.attemptsBefore + 1;
  return {
    outcome: 'succeeded',
    attempt,
    host: 'debby',
    agent: 'command@debby',
    sessionId: sessionIdOf(input.taskKey, attempt),
    exitCode: 0,
    signal: null,
    summary: 'exit code 0',
    tail: [],
    startedAt: 0,
    endedAt: 0,
    output: { bytes: 0, events: 0, liveCapped: false, transcriptCapped: false },
    ...more,
  };
}

/** Claims an attempt as a host does: the first heartbeat carries its number, then the signal. */
export async function claim(client: Client, input: RunAgentInput, host = 'debby'): Promise<number> {
  const context = Context.current();
  const before = (context.info.heartbeatDetails as { attempt?: number } | undefined)?.attempt ?? 0;
  const attempt = Math.max(before, input.attemptsBefore) + 1;
  const sessionId = sessionIdOf(input.taskKey, attempt);
  context.heartbeat({ attempt, host, sessionId, phase: 'claimed', at: Date.now() });
  await client.workflow
    .getHandle(input.workflowId, input.runId)
    .signal(claimed, { attempt, host, agent: `command@${host}`, sessionId, at: Date.now() });
  return attempt;
}

/** Heartbeats until the server asks to cancel, then ends as a host does that has ended its agent. */
export async function runUntilCancelled(client: Client, input: RunAgentInput, host = 'debby'): Promise<never> {
  const context = Context.current();
  const attempt = await claim(client, input, host);
  const details = { attempt, host, sessionId: sessionIdOf(input.taskKey, attempt), phase: 'running', at: Date.now() };
  const beat = setInterval(() => context.heartbeat(details), 100);
  try {
    await context.cancelled;
    throw new Error('not reached');
  } catch (error) {
    if (!(error instanceof CancelledFailure)) throw error;
    const ended = { outcome: 'cancelled' as const, attempt, host, signal: 'SIGTERM', exitCode: null };
    throw new CancelledFailure('cancelled', [resultOf(input, { ...ended, summary: 'ended by SIGTERM' })]);
  } finally {
    clearInterval(beat);
  }
}

/** Lets time pass on the test server although an activity is scheduled or running, which holds its clock. */
export async function passTime(env: TestWorkflowEnvironment, duration: Parameters<typeof env.sleep>[0]): Promise<void> {
  const { testService } = env.connection as Connection;
  await testService?.unlockTimeSkipping({});
  try {
    await env.sleep(duration);
  } finally {
    await testService?.lockTimeSkipping({});
  }
}

/** Asks until the answer satisfies; what was asked last is in the error. */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function viewOf(client: Client, workflowId: string): Promise<TaskView> {
  return client.workflow.getHandle(workflowId).query(taskView);
}

export function inState(client: Client, workflowId: string, state: TaskView['state']): Promise<TaskView> {
  return until(
    () => viewOf(client, workflowId),
    (view) => view.state === state,
  );
}

/**
 * The record of a task that has ended. Unlike awaiting its result it lets no time pass on the time-skipping server, which
 * would take hosts for lost and workflow tasks for expired while they are at work.
 */
export function ended(client: Client, workflowId: string): Promise<TaskView> {
  return until(
    () => viewOf(client, workflowId),
    (view) => isTerminal(view.state),
  );
}

/** The failure a task ended with; an error when it did not fail. */
export async function failedWith(handle: { result(): Promise<unknown> }): Promise<ApplicationFailure> {
  const error = await handle.result().then(
    (result) => new Error(`did not fail: ${JSON.stringify(result)}`),
    (thrown: Error) => thrown,
  );
  if (error.cause instanceof ApplicationFailure) return error.cause;
  throw error;
}

/** Waits for the end of a task that was cancelled, and gives its record. */
export async function cancelledView(client: Client, workflowId: string): Promise<TaskView> {
  const handle = client.workflow.getHandle(workflowId);
  const error = await handle.result().then(
    (result) => new Error(`not cancelled: ${JSON.stringify(result)}`),
    (thrown: Error) => thrown,
  );
  if (!(error.cause instanceof CancelledFailure)) throw error;
  return viewOf(client, workflowId);
}
