import { ApplicationFailure } from '@temporalio/common';
import { SyncRoutes } from '../../schemas/host-activities.ts';
import { hostQueue } from '../../schemas/names.ts';
import type { ProbeReport } from '../probes/index.ts';
import type { ActivityGateway } from './polling/gateway.ts';
import { DEFERRED, type ServedQueue, serveQueue } from './polling/serve-queue.ts';
import type { ActivityTask, PollLog } from './polling/types.ts';

export interface OwnQueuesOptions {
  gateway: ActivityGateway;
  name: string;
  instanceId: string;
  log: PollLog;
  onPresence: (task: ActivityTask) => void;
  onRoutes: (sync: SyncRoutes) => void;
  /** Ends what runs; returns how many runs that are. */
  onHandOver: (why: string) => number;
  onNudge: (workflowId: string) => void;
  probe: () => Promise<ProbeReport>;
}

/** The queue of one worker process. What is meant for it reaches no other worker of the same name. */
export function instanceQueue(name: string, instanceId: string): string {
  return `${hostQueue(name)}/${instanceId}`;
}

/** Serves what the fleet asks of this worker, and what tasks ask of whoever works under this name. */
export function serveOwnQueues(options: OwnQueuesOptions): ServedQueue {
  const { gateway, name, instanceId, log } = options;
  const own = serveQueue({
    ...{ gateway, queue: instanceQueue(name, instanceId), log },
    handlers: {
      presence: async (input, { task }) => {
        const meant = (input as { instanceId?: string } | undefined)?.instanceId;
        // To hold it would keep a worker alive in the fleet's eyes that may be gone.
        if (meant !== instanceId) throw notMeantForUs(name, meant);
        options.onPresence(task);
        return DEFERRED;
      },
      syncRoutes: async (input) => options.onRoutes(SyncRoutes.parse(input)),
      probe: options.probe,
      handOver: async (input) => ({ runs: options.onHandOver(String((input as { why?: string })?.why ?? '')) }),
    },
  });
  const shared = serveQueue({
    ...{ gateway, queue: hostQueue(name), log },
    handlers: { nudge: async (input) => options.onNudge((input as { workflowId: string }).workflowId) },
  });
  return {
    get running() {
      return own.running + shared.running;
    },
    stop: async () => void (await Promise.all([own.stop(), shared.stop()])),
  };
}

function notMeantForUs(name: string, meant: string | undefined): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'PresenceOfAnother',
    message: `a presence of ${name} for the worker ${meant} came to another one`,
    nonRetryable: true,
  });
}
