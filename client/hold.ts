import { setTimeout as sleep } from 'node:timers/promises';
import { ActivityNotFoundError, type Client } from '@temporalio/client';
import type { ClaimGrant } from '../schemas/task-requests.ts';
import { ColibriError } from './errors.ts';

/** The control worker starts the activity of a claim within moments of granting it. */
const START_WITHIN_MS = 10_000;

/** The first heartbeat of a claim: from now on its lease counts. */
export async function beginHold(client: Client, { workflowId, runId, activityId, taskId }: ClaimGrant): Promise<void> {
  const until = Date.now() + START_WITHIN_MS;
  for (;;) {
    try {
      await client.activity.heartbeat({ workflowId, runId, activityId });
      return;
    } catch (error) {
      if (!(error instanceof ActivityNotFoundError)) throw error;
      if (Date.now() > until) {
        throw new ColibriError('refused', `the claim of "${taskId}" was lost again at once`, undefined, {
          cause: error,
        });
      }
      await sleep(50);
    }
  }
}
