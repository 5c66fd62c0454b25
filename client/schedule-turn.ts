import { setTimeout as delay } from 'node:timers/promises';
import { type Client, WorkflowExecutionAlreadyStartedError } from '@temporalio/client';
import { CONTROL_QUEUE, scheduleTurnWorkflowId } from '../schemas/names.ts';
import { ColibriError } from './errors.ts';

/** One that has died, or that the server keeps waiting, has had its turn after this. */
const TURN_MS = 20_000;
const WAIT_MS = 120_000;
const LOOK_EVERY_MS = 100;

/**
 * Does what a schedule is told to do, one thing at a time: of two that come to the server's scheduler in one moment it
 * forgets the first. `work` ends when the server has done it. Whoever has the turn holds a workflow of the schedule's name,
 * of which the server lets there be only one; it would begin only when its time is over.
 */
export async function inTurn<T>(client: Client, schedule: string, work: () => Promise<T>): Promise<T> {
  const turn = await takeTurn(client, schedule);
  try {
    return await work();
  } finally {
    // One that cannot be given back ends by itself.
    await turn.terminate('the turn is over').catch(() => undefined);
  }
}

async function takeTurn(client: Client, schedule: string) {
  for (const deadline = Date.now() + WAIT_MS; Date.now() < deadline; ) {
    try {
      return await client.workflow.start('scheduleTrigger', {
        workflowId: scheduleTurnWorkflowId(schedule),
        taskQueue: CONTROL_QUEUE,
        args: [],
        workflowIdConflictPolicy: 'FAIL',
        startDelay: 2 * TURN_MS,
        workflowExecutionTimeout: TURN_MS,
        staticSummary: `somebody tells the schedule ${schedule} what to do`,
      });
    } catch (error) {
      if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
      await delay(LOOK_EVERY_MS * (0.5 + Math.random()));
    }
  }
  throw new ColibriError(
    'refused',
    `others have told the schedule "${schedule}" what to do for ${WAIT_MS / 60_000} minutes`,
    'try again a little later',
  );
}
