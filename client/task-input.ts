import type { Client } from '@temporalio/client';
import { allPayloads } from './payloads.ts';

/**
 * What a run of a task was started with, as its history's first event has it: the task, and what a run before it handed
 * over. Durable as long as the run is kept.
 */
export async function taskInput(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ spec: unknown; carried: unknown }> {
  const page = await client.workflowService.getWorkflowExecutionHistory({
    namespace: client.options.namespace,
    execution: { workflowId, runId },
    maximumPageSize: 1,
  });
  const started = page.history?.events?.[0]?.workflowExecutionStartedEventAttributes;
  const [spec, carried] = await allPayloads(client, started?.input);
  return { spec, carried };
}
