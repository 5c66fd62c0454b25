import { type Client, WorkflowExecutionAlreadyStartedError, type WorkflowHandle } from '@temporalio/client';
import type { Duration } from '@temporalio/common';
import { CONTROL_QUEUE } from '../schemas/names.ts';

export interface Token {
  workflowId: string;
  /** For people who come upon it in Temporal's Web UI. */
  summary: string;
  /** After this the server lets go of one that was not given back. */
  lasts: Duration;
  /** Nobody gets it again, also when it was given back. */
  once?: boolean;
  /** It is held until it is given back: its workflow is not to run before. */
  heldFor?: Duration;
}

/**
 * Takes what only one may have: a workflow with nothing to do, of whose id the server lets there be one. Null when somebody
 * else has it.
 */
export async function takeToken(client: Client, token: Token): Promise<WorkflowHandle | null> {
  const { workflowId, summary, lasts, once = false, heldFor } = token;
  try {
    return await client.workflow.start('scheduleTrigger', {
      ...{ workflowId, taskQueue: CONTROL_QUEUE, args: [], staticSummary: summary },
      workflowIdReusePolicy: once ? 'REJECT_DUPLICATE' : 'ALLOW_DUPLICATE',
      workflowIdConflictPolicy: 'FAIL',
      workflowExecutionTimeout: lasts,
      ...(heldFor !== undefined && { startDelay: heldFor }),
    });
  } catch (error) {
    if (error instanceof WorkflowExecutionAlreadyStartedError) return null;
    throw error;
  }
}
