import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type Claim, claimed, startLimited } from '../../workflows/messages.ts';
import { backoffMs, pause } from './polling/backoff.ts';
import { isTransient } from './polling/grpc-errors.ts';

/** The claim was not granted: so many tasks of the same key run as may, or the offer was taken back. */
export class ClaimDenied extends Error {
  override readonly name = 'ClaimDenied';
}

/**
 * The handshake: who has the task, in its history, before the agent's first instruction. Repeated until the server has
 * it, or `over` says that the attempt is. Throws when the server refuses it for good, and {@link ClaimDenied}.
 */
export async function claimAttempt(
  client: Client,
  task: { workflowId: string; runId: string; activityId: string; limited: boolean },
  claim: Claim,
  over: AbortSignal,
): Promise<void> {
  const handle = client.workflow.getHandle(task.workflowId, task.runId);
  for (let tries = 1; !over.aborted; tries += 1) {
    try {
      await client.withAbortSignal(over, async () => {
        if (!task.limited) return handle.signal(claimed, claim);
        // The same claim asked twice is one update: the server joins the second to the first. That of another offer is
        // another, though its attempt has the same number when nobody was granted it before.
        const updateId = `start-${task.activityId}-${claim.attempt}`;
        const { granted, reason } = await handle.executeUpdate(startLimited, { args: [claim], updateId });
        if (!granted) throw new ClaimDenied(reason);
      });
      return;
    } catch (error) {
      if (over.aborted) return;
      if (error instanceof ClaimDenied) throw error;
      if (error instanceof WorkflowNotFoundError) throw new Error('the task has ended meanwhile', { cause: error });
      const { cause = error } = error as Error;
      if (!isTransient(cause)) throw new Error(`the claim was refused: ${(cause as Error).message}`, { cause });
      await pause(backoffMs(tries), over);
    }
  }
}
