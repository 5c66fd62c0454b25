import { proxyActivities } from '@temporalio/workflow';

/** The least a task can be: one activity, on the queue it is told. */
export async function benchPollerTask(taskQueue: string): Promise<void> {
  const { work } = proxyActivities<{ work(): Promise<void> }>({
    taskQueue,
    startToCloseTimeout: '10m',
    heartbeatTimeout: '30s',
    retry: { initialInterval: '100ms', maximumInterval: '200ms' },
  });
  await work();
}
