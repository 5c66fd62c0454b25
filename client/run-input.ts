import type { Client } from '@temporalio/client';
import { allPayloads } from './payloads.ts';

/**
 * The arguments that a run of a workflow was started with, of the latest run when none is named: its history's first event
 * has them, and no more than that is asked for. Durable as long as the run is kept.
 */
export async function runInput(client: Client, execution: { workflowId: string; runId?: string }): Promise<unknown[]> {
  const { history } = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution,
    maximumPageSize: 1,
  });
  return allPayloads(client, history?.events?.[0]?.workflowExecutionStartedEventAttributes?.input);
}
