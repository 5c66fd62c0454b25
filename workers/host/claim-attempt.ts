import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type Claim, claimed } from '../../workflows/messages.ts';
import { pause } from './polling/backoff.ts';

const RETRY_MS = 300;

/**
 * The handshake: who has the task, in its history, before the agent's first instruction. Repeated until the server has
 * it or one of the signals says that the attempt is over.
 */
export async function claimAttempt(
  client: Client,
  task: { workflowId: string; runId: string },
  claim: Claim,
  over: readonly AbortSignal[],
): Promise<void> {
  const handle = client.workflow.getHandle(task.workflowId, task.runId);
  while (!over.some((signal) => signal.aborted)) {
    try {
      await handle.signal(claimed, claim);
      return;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) throw new Error('the task has ended meanwhile', { cause: error });
      await pause(RETRY_MS);
    }
  }
}
