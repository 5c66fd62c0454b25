import { setTimeout as delay } from 'node:timers/promises';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { scheduleTurnWorkflowId } from '../schemas/names.ts';
import { ColibriError } from './errors.ts';
import { existing } from './existing-schedule.ts';
import { takeToken } from './schedule-token.ts';

/** One that has died, or that the server keeps waiting, has had its turn after this. */
const TURN_MS = 20_000;
const WAIT_MS = 120_000;
const LOOK_EVERY_MS = 100;

/**
 * Does what a schedule is told to do, one thing at a time: of two that come to the server's scheduler in one moment it
 * forgets the first. `work` ends when the server has done it. Throws `not-found` when there is no such schedule.
 */
export function inTurn<T>(client: Client, schedule: string, work: () => Promise<T>): Promise<T> {
  return existing(client, schedule, async () => {
    // Whether there is one is known before its turn is waited for.
    await client.schedule.getHandle(schedule).describe();
    const turn = await takeTurn(client, schedule);
    try {
      return await work();
    } finally {
      // One that cannot be given back ends by itself.
      await turn.terminate('the turn is over').catch(() => undefined);
    }
  });
}

async function takeTurn(client: Client, schedule: string): Promise<WorkflowHandle> {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; ) {
    const turn = await takeToken(client, {
      workflowId: scheduleTurnWorkflowId(schedule),
      summary: `somebody tells the schedule ${schedule} what to do`,
      lasts: TURN_MS,
      // So it never runs: its time is over before.
      heldFor: 2 * TURN_MS,
    });
    if (turn !== null) return turn;
    await delay(LOOK_EVERY_MS * (0.5 + Math.random()));
  }
  throw new ColibriError(
    'refused',
    `others have told the schedule "${schedule}" what to do for ${WAIT_MS / 60_000} minutes`,
    'try again a little later',
  );
}
