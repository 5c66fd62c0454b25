import type { Client } from '@temporalio/client';
import type { TaskLine } from '../schemas/task-view.ts';
import { quoted } from './list-query.ts';

/** Ids named in one query. */
const IDS_AT_ONCE = 100;
const RUNS_PER_PAGE = 1_000;

/**
 * Leaves out earlier runs of tasks that have gone on in another since: one that was tried anew is one task, as its last run
 * has it. A run that is done has none after it, and what runs is the last, so that these need no asking.
 */
export async function withoutSuperseded(client: Client, tasks: readonly TaskLine[]): Promise<TaskLine[]> {
  const unsure = tasks.filter(({ state, endedAt }) => endedAt !== null && state !== 'done');
  const lastStarts = new Map<string, number>();
  for (let at = 0; at < unsure.length; at += IDS_AT_ONCE) {
    const names = unsure.slice(at, at + IDS_AT_ONCE).map(({ workflowId }) => quoted(workflowId));
    const query = `WorkflowType = 'task' AND WorkflowId IN (${names.join(', ')})`;
    for await (const { workflowId, startTime } of client.workflow.list({ query, pageSize: RUNS_PER_PAGE })) {
      lastStarts.set(workflowId, Math.max(startTime.getTime(), lastStarts.get(workflowId) ?? 0));
    }
  }
  return tasks.filter(({ workflowId, submittedAt }) => (lastStarts.get(workflowId) ?? 0) <= Date.parse(submittedAt));
}
