import type { Client } from '@temporalio/client';
import type { Needs } from '../schemas/needs.ts';
import { TaskSpec } from '../schemas/task.ts';
import { runInput } from './run-input.ts';

/** What a run of a task was started with: the task, and what a run before it handed over. */
export async function taskInput(
  client: Client,
  workflowId: string,
  runId: string,
): Promise<{ spec: unknown; carried: unknown }> {
  const [spec, carried] = await runInput(client, { workflowId, runId });
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
