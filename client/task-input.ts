import type { Client } from '@temporalio/client';
import { firstPayload } from './payloads.ts';

/** What a run of a task was started with: the first event of its history. Durable as long as the run is kept. */
export async function taskInput(client: Client, workflowId: string, runId: string): Promise<unknown> {
  const page = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  return firstPayload(client, started?.input);
}
