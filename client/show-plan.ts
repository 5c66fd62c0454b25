import {
  type Client,
  QueryNotRegisteredError,
  type WorkflowExecutionDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { ListFilter } from '../schemas/list-filter.ts';
import { planIdOf, planKeyOf, planWorkflowId } from '../schemas/names.ts';
import type { PlanState, PlanTaskView, PlanView } from '../schemas/plan-view.ts';
import type { TaskLine } from '../schemas/task-view.ts';
import { planView } from '../workflows/messages.ts';
import { firstRunOf } from './any-run.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { listTasks } from './list.ts';
import { nearestHint } from './nearest-hint.ts';

/** A task of a plan with what the board says of it: its state there, and its host. Null where it is not on the board. */
export interface PlanTaskNow extends PlanTaskView {
  boardState: TaskLine['state'] | null;
  host: string | null;
}

export interface PlanNow extends Omit<PlanView, 'tasks'> {
  tasks: PlanTaskNow[];
}

/** Where a plan's workflow is, whichever way it was started. */
export interface FoundPlan {
  workflowId: string;
  description: WorkflowExecutionDescription;
}

/** How many recent ids are looked through for the nearest to a misspelt one. */
const NEAREST_AMONG = 500;

/** Finds a plan by its id, or by the workflow id it was started with. Throws `not-found` naming the nearest ids. */
export async function findPlan(client: Client, id: string): Promise<FoundPlan> {
  for (const workflowId of [planWorkflowId(id), id]) {
    try {
      const description = await client.workflow.getHandle(workflowId).describe();
      if (description.type === 'plan') return { workflowId, description };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  const ids: string[] = [];
  for await (const info of client.workflow.list({ query: "WorkflowType = 'plan'", pageSize: NEAREST_AMONG })) {
    ids.push(planIdOf(info.workflowId));
    if (ids.length >= NEAREST_AMONG) break;
  }
  const hint = nearestHint(id, ids, 'see `colibri plan list`');
  throw new ColibriError('not-found', `there is no plan "${id}"`, hint);
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
