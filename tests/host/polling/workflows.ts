import type { Priority } from '@temporalio/common';
import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';

export interface RunOnRequest {
  queue: string;
  type: string;
  input?: unknown;
  heartbeatTimeoutMs?: number;
  startToCloseTimeoutMs?: number;
  maximumAttempts?: number;
  priority?: Priority;
}

/** Schedules one activity on a queue and returns its result. */
export async function runOn(request: RunOnRequest): Promise<unknown> {
  const activities = proxyActivities<Record<string, (input: unknown) => Promise<unknown>>>({
    taskQueue: request.queue,
    startToCloseTimeout: request.startToCloseTimeoutMs ?? 600_000,
    heartbeatTimeout: request.heartbeatTimeoutMs ?? 30_000,
    cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    retry: {
      initialInterval: 100,
      maximumInterval: 200,
      maximumAttempts: request.maximumAttempts ?? Number.POSITIVE_INFINITY,
    },
    ...(request.priority ? { priority: request.priority } : {}),
  });
  const activity = activities[request.type];
  if (!activity) throw new Error('unreachable: the proxy has every name');
  return await activity(request.input);
}
