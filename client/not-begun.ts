import type { Client } from '@temporalio/client';
import { Carried } from '../schemas/carried.ts';
import { TaskSpec } from '../schemas/task.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { TaskRecord } from '../workflows/task-record.ts';
import type { FoundWorkflow } from './find-workflow.ts';
import { taskInput } from './task-input.ts';

/** A workflow's events until a worker has answered its first workflow task: started, scheduled, taken. */
const EVENTS_BEFORE_THE_FIRST_ANSWER = 3;

/** Whether the control worker has not come to a task yet: after a thousand submissions that can take half a minute. */
export function isNotBegun({ description }: Pick<FoundWorkflow, 'description'>): boolean {
  return description.status.name === 'RUNNING' && description.historyLength <= EVENTS_BEFORE_THE_FIRST_ANSWER;
}

/**
 * Such a task as it was submitted: a question to it would wait in the same line as itself. Null when its input is not one,
 * as its workflow will say.
 */
export async function viewNotBegun(
  client: Client,
  { workflowId, description }: FoundWorkflow,
): Promise<TaskView | null> {
  const { runId, startTime } = description;
  const input = await taskInput(client, workflowId, runId);
  const [spec, carried] = [TaskSpec.safeParse(input.spec), Carried.optional().safeParse(input.carried)];
  if (!spec.success || !carried.success) return null;
  const record = new TaskRecord({ workflowId, runId, startedAt: startTime.getTime() }, carried.data?.view);
  record.describe(spec.data, carried.data !== undefined);
  return record.view;
}
