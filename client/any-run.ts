import type { Client, WorkflowExecutionDescription, WorkflowHandle } from '@temporalio/client';

/**
 * A workflow that was found, in whichever run it is by then: it may continue as new between being found and being asked.
 * What comes for another workflow that has taken its id since is sent away.
 */
export function inAnyRun(
  client: Client,
  { workflowId, description }: { workflowId: string; description: WorkflowExecutionDescription },
): WorkflowHandle {
  return client.workflow.getHandle(workflowId, undefined, { firstExecutionRunId: firstRunOf(description) });
}

/** The first run of a workflow that may have continued as new. */
export function firstRunOf(description: WorkflowExecutionDescription): string {
  return description.raw.workflowExecutionInfo?.firstRunId || description.runId;
}
