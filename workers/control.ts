import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import {
  type ActivityInterceptorsFactory,
  NativeConnection,
  type NativeConnectionOptions,
  Runtime,
  Worker,
  type WorkerOptions,
} from '@temporalio/worker';
import type { Logger } from 'pino';
import { createActivities } from '../activities/create-activities.ts';
import { FleetGateway } from '../activities/fleet-gateway.ts';
import type { Connected } from '../client/connect.ts';
import { CONTROL_QUEUE, FLEET_QUEUE } from '../schemas/names.ts';
import { prepareNamespace } from '../server/namespace.ts';
import { loadSkills } from './skills.ts';

export interface ControlOptions {
  connected: Connected;
  log: Logger;
  /** Lease of tasks for which no capable host is known yet, in ms. */
  leaseMs: number;
  /** Shares of projects, or of who submits, other than 1. */
  weights?: Readonly<Record<string, number>>;
}

/** What runs every workflow. Any number may run; one per installation is enough. */
export interface ControlWorker {
  /** Ends what it is doing, takes no more, and resolves when it has stopped. */
  stop(): Promise<void>;
  /** Settles when the worker has ended, with an error if it did so by itself. */
  stopped: Promise<void>;
}

/** Tasks kept in memory, some 0.4 MB each; others are read anew from their histories when something happens to them. */
export const CACHED_TASKS = 2_000;

/** Starts the control worker on a server that answers. */
export async function startControlWorker({
  connected,
  log,
  leaseMs,
  weights = {},
}: ControlOptions): Promise<ControlWorker> {
  quietRuntime(log);
  await prepareNamespace(connected.connection, connected.namespace);
  const fleet = new FleetGateway(connected.client);
  const activities = createActivities({
    client: connected.client,
    fleet,
    skills: await loadSkills(),
    defaultLeaseMs: leaseMs,
    weights,
  });
  await fleet.start();
  const native = await NativeConnection.connect({
    address: connected.address,
    ...connected.nativeOptions,
  } as NativeConnectionOptions);
  const common: Partial<WorkerOptions> = {
    connection: native,
    namespace: connected.namespace,
    identity: `control@${process.pid}`,
    activities,
    interceptors: { activity: [endCallsOf(connected.client)] },
    ...workflowCode(),
    shutdownGraceTime: '5s',
  };
  const tasks = await Worker.create({
    ...common,
    taskQueue: CONTROL_QUEUE,
    maxCachedWorkflows: CACHED_TASKS,
    // Plans wait for their tasks in activities: for as long as those take, and without doing anything.
    maxConcurrentActivityTaskExecutions: 1_000,
  });
  const registry = await Worker.create({
    ...common,
    taskQueue: FLEET_QUEUE,
    maxCachedWorkflows: 200,
    // Of a worker that was killed, the fleet is taken over so soon (by default after 10 s); tasks wait for it.
    stickyQueueScheduleToStartTimeout: '3s',
  });
  const running = [tasks.run(), registry.run()];
  const end = async () => {
    // Tasks first: what they still ask of the fleet is answered.
    for (const [at, worker] of [tasks, registry].entries()) {
      if (worker.getState() === 'RUNNING') worker.shutdown();
      await running[at];
    }
  };
  // One without the other is of no use.
  const stopped = Promise.race(running)
    .finally(end)
    .finally(() => native.close());
  return {
    stopped,
    async stop() {
      await end();
      await stopped;
    },
  };
}

/** A call to the server ends with the activity that made it; one without an answer would outlive the worker. */
function endCallsOf(client: Client): ActivityInterceptorsFactory {
  return (context) => {
    // The SDK leaves a listener there for each call: Node would warn of more than ten.
    setMaxListeners(0, context.cancellationSignal);
    return {
      inbound: {
        execute: (input, next) => client.withAbortSignal(context.cancellationSignal, () => next(input)),
      },
    };
  };
}

/** The bundle made by the build; webpack would take seconds at every start. */
function workflowCode(): { workflowBundle: { codePath: string } } {
  for (const candidate of ['../workflow-bundle.js', '../dist/workflow-bundle.js']) {
    const codePath = fileURLToPath(new URL(candidate, import.meta.url));
    if (existsSync(codePath)) return { workflowBundle: { codePath } };
  }
  throw new Error('the workflow bundle is missing: run `npm run build`');
}

/** The SDK's runtime is one for the process: its log lines become ours, and it leaves signals to us. */
function quietRuntime(log: Logger): void {
  if (Runtime._instance) return;
  const write = (level: Level, message: string, meta: Record<string, unknown> = {}) => {
    // That a task fails is an outcome like another: it is the task's to tell, not a fault of this worker.
    if (message === TASK_FAILED)
      log.info({ workflowId: meta.workflowId, reason: reasonIn(meta.error) }, 'a task failed');
    else log[level]({ ...meta }, message);
  };
  Runtime.install({
    shutdownSignals: [],
    logger: {
      log: (level, message, meta) => write(LEVELS[level], message, meta),
      trace: (message, meta) => write('trace', message, meta),
      debug: (message, meta) => write('debug', message, meta),
      info: (message, meta) => write('debug', message, meta),
      warn: (message, meta) => write('warn', message, meta),
      error: (message, meta) => write('error', message, meta),
    },
  });
}

/** What the SDK says of every workflow that ends as failed. */
const TASK_FAILED = 'Workflow failed';

type Level = 'trace' | 'debug' | 'warn' | 'error';
/** The SDK tells as information what only its own makers need. */
const LEVELS = { TRACE: 'trace', DEBUG: 'debug', INFO: 'debug', WARN: 'warn', ERROR: 'error' } as const;

function reasonIn(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
