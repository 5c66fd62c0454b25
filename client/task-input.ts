import type { Client } from '@temporalio/client';
import type { Needs } from '../schemas/needs.ts';
import { TaskSpec } from '../schemas/task.ts';
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

/** The results that a plan gave to a task with its start; none for a task of no plan, or that was not valid. */
export async function taskNeeds(
  client: Client,
  { workflowId, runId }: { workflowId: string; runId: string },
): Promise<Needs> {
  const { spec } = await taskInput(client, workflowId, runId);
  const parsed = TaskSpec.safeParse(spec);
  return parsed.success ? parsed.data.inputs : {};
}
