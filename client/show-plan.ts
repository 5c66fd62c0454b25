import { type Client, QueryNotRegisteredError, type WorkflowExecutionDescription } from '@temporalio/client';
import { ListFilter } from '../schemas/list-filter.ts';
import { planIdOf, planKeyOf } from '../schemas/names.ts';
import type { PlanState, PlanTaskView, PlanView } from '../schemas/plan-view.ts';
import type { TaskLine } from '../schemas/task-view.ts';
import { planView } from '../workflows/messages.ts';
import { firstRunOf } from './any-run.ts';
import { askWorkflow } from './ask.ts';
import { findPlan } from './find-workflow.ts';
import { listTasks } from './list.ts';

/** A task of a plan with what the board says of it: its state there, and its host. Null where it is not on the board. */
export interface PlanTaskNow extends PlanTaskView {
  boardState: TaskLine['state'] | null;
  host: string | null;
}

export interface PlanNow extends Omit<PlanView, 'tasks'> {
  tasks: PlanTaskNow[];
}

/** A plan as it stands this moment, with what the board says of the tasks that it has started. */
export async function showPlan(client: Client, id: string): Promise<PlanNow> {
  const { workflowId, description } = await findPlan(client, id);
  const handle = client.workflow.getHandle(workflowId, description.runId);
  let view: PlanView;
  try {
    view = await askWorkflow(() => handle.query(planView));
  } catch (error) {
    if (!(error instanceof QueryNotRegisteredError)) throw error;
    view = await neverBegun(client, workflowId, description);
  }
  closeFromOutside(view, description);
  const board = view.counts.started > 0 ? await onBoard(client, workflowId, description) : new Map<string, TaskLine>();
  const tasks = view.tasks.map((task): PlanTaskNow => {
    const line = task.state === 'started' ? board.get(task.taskId ?? '') : undefined;
    return { ...task, boardState: line?.state ?? null, host: line?.host ?? null };
  });
  return { ...view, tasks };
}

async function onBoard(
  client: Client,
  workflowId: string,
  description: WorkflowExecutionDescription,
): Promise<Map<string, TaskLine>> {
  const plan = planKeyOf(workflowId, firstRunOf(description));
  const lines = new Map<string, TaskLine>();
  // Of a plan started raw under an id that cannot be looked for there is nothing to find.
  if (!ListFilter.shape.plan.safeParse(plan).success) return lines;
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await listTasks(client, { plan, limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
    for (const line of page.tasks) lines.set(line.id, line);
    cursor = page.nextCursor;
  }
  return lines;
}

/** A plan whose input was refused has no record of its own. */
async function neverBegun(
  client: Client,
  workflowId: string,
  description: WorkflowExecutionDescription,
): Promise<PlanView> {
  const error = await client.workflow
    .getHandle(workflowId, description.runId)
    .result()
    .then(
      () => undefined,
      (thrown: Error) => thrown,
    );
  return {
    ...{ id: planIdOf(workflowId), workflowId, runId: description.runId, name: null, project: null, submitter: null },
    ...{ onFailure: 'stop', cancelRunning: false, round: 1, state: 'failed' },
    submittedAt: description.startTime.toISOString(),
    endedAt: description.closeTime?.toISOString() ?? null,
    summary: (error?.cause as Error | undefined)?.message ?? error?.message ?? 'it never began',
    counts: { waiting: 0, started: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 },
    tasks: [],
  };
}

/** A workflow that was terminated could not say so itself. Its tasks go on by themselves. */
function closeFromOutside(view: PlanView, { status, closeTime }: WorkflowExecutionDescription): void {
  if (view.state !== 'running' || status.name === 'RUNNING' || status.name === 'CONTINUED_AS_NEW') return;
  const state: PlanState = status.name === 'TERMINATED' || status.name === 'CANCELLED' ? 'cancelled' : 'failed';
  view.state = state;
  view.endedAt = closeTime?.toISOString() ?? null;
  view.summary = `its workflow was ${status.name.toLowerCase()}; tasks that it had started go on by themselves`;
}
