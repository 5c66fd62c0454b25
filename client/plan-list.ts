import type { Client, WorkflowExecutionInfo } from '@temporalio/client';
import { planIdOf, planKeyOf } from '../schemas/names.ts';
import { PlanCounts, type PlanState } from '../schemas/plan-view.ts';
import { quoted } from './list-query.ts';

/** One line of a list of plans. `done` is null where nobody could tell. */
export interface PlanLine {
  id: string;
  workflowId: string;
  runId: string;
  name: string;
  state: PlanState;
  total: number | null;
  done: number | null;
  submittedAt: string;
  endedAt: string | null;
}

/** Plans, those that run first, then those that ended last. At most `limit`. */
export async function listPlans(client: Client, limit = 50): Promise<PlanLine[]> {
  const infos: WorkflowExecutionInfo[] = [];
  // A plan that continued as new is listed once: by the run that goes on.
  const query = "WorkflowType = 'plan' AND ExecutionStatus != 'ContinuedAsNew'";
  for await (const info of client.workflow.list({ query, pageSize: limit })) {
    infos.push(info);
    if (infos.length >= limit) break;
  }
  return Promise.all(infos.map((info) => line(client, info)));
}

async function line(client: Client, info: WorkflowExecutionInfo): Promise<PlanLine> {
  const { name, total } = (info.memo ?? {}) as { name?: unknown; total?: unknown };
  const counts = PlanCounts.safeParse(info.memo?.counts);
  const state = STATES[info.status.name] ?? 'cancelled';
  return {
    id: planIdOf(info.workflowId),
    workflowId: info.workflowId,
    runId: info.runId,
    name: typeof name === 'string' ? name : planIdOf(info.workflowId),
    state,
    total: typeof total === 'number' ? total : null,
    done: counts.success && state !== 'running' ? counts.data.done : await doneNow(client, info),
    submittedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
  };
}

const STATES: Readonly<Record<string, PlanState>> = {
  RUNNING: 'running',
  COMPLETED: 'done',
  FAILED: 'failed',
  TIMED_OUT: 'failed',
};

/** Counted on the board, so that the plan need not be asked. */
async function doneNow(client: Client, info: WorkflowExecutionInfo): Promise<number | null> {
  const key = planKeyOf(info.workflowId, info.raw.firstRunId || info.runId);
  const { count } = await client.workflow.count(`ColibriPlan = ${quoted(key)} AND ExecutionStatus = 'Completed'`);
  return count;
}
