import {
  type Client,
  type WorkflowExecutionDescription,
  WorkflowFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import type { FoundWorkflow } from './find-workflow.ts';

/**
 * A workflow that was found, in whichever run it is by then: it may continue as new between being found and being asked.
 * What comes for another workflow that has taken its id since is sent away.
 */
export function inAnyRun(client: Client, { workflowId, description }: FoundWorkflow): WorkflowHandle {
  return client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: firstRunOf(description) });
}

/** Waits until it has ended, well or not, in this run or one that follows. */
export async function untilEnded(client: Client, { workflowId, description }: FoundWorkflow): Promise<void> {
  try {
    await client.workflow.getHandle(workflowId, description.runId).result();
  } catch (error) {
    if (!(error instanceof WorkflowFailedError)) throw error;
  }
}

/** The first run of a workflow that may have continued as new. */
export function firstRunOf(description: WorkflowExecutionDescription): string {
  return description.raw.workflowExecutionInfo?.firstRunId || description.runId;
}
