import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import type { ClaimGrant } from '../schemas/task-requests.ts';
import { beat } from './beat.ts';
import { ColibriError } from './errors.ts';

/** The control worker starts the activity of a claim within moments of granting it. */
const START_WITHIN_MS = 10_000;

/** The first heartbeat of a claim: from now on its lease counts. One that is to end already is told so by the next. */
export async function beginHold(client: Client, grant: ClaimGrant): Promise<void> {
  const { workflowId, runId, activityId, taskId, attempt } = grant;
  const until = Date.now() + START_WITHIN_MS;
  while ((await beat(client, { workflowId, runId, activityId }, { attempt, at: Date.now() })) === 'absent') {
    if (Date.now() > until) throw new ColibriError('refused', `the claim of "${taskId}" was lost again at once`);
    await sleep(50);
  }
}
