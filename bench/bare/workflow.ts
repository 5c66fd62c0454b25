import { proxyActivities } from '@temporalio/workflow';
import type { BareActivities } from './activities.ts';

const { spawnTrue } = proxyActivities<BareActivities>({ startToCloseTimeout: '1m' });

/** The least that Temporal can do for us: one workflow, one activity. */
export async function bare(): Promise<number> {
  return spawnTrue();
}
