import { proxyActivities } from '@temporalio/workflow';
import type { BareActivities } from './activities.ts';

/** The least that Temporal can do for us: one workflow, one activity, on the workflow's own queue unless another is named. */
export async function bare(taskQueue?: string): Promise<number> {
  const { spawnTrue } = proxyActivities<BareActivities>({
    startToCloseTimeout: '1m',
    ...(taskQueue === undefined ? {} : { taskQueue }),
  });
  return spawnTrue();
}
