import { type Client, type WorkflowExecutionDescription, WorkflowNotFoundError } from '@temporalio/client';
import type { FleetView } from '../schemas/fleet.ts';
import { AttemptDetails } from '../schemas/host-activities.ts';
import { taskIdOf, taskWorkflowId } from '../schemas/names.ts';
import { isTerminal, isWaiting } from '../schemas/task-state.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { taskView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { nearestHint } from './nearest-hint.ts';
import { isNotBegun, viewNotBegun } from './not-begun.ts';
import { firstPayload } from './payloads.ts';
import { readFleet } from './read-fleet.ts';

/** Where a task's workflow is, whichever way it was started. */
export interface FoundTask {
  id: string;
  workflowId: string;
  description: WorkflowExecutionDescription;
}

/** How many recent ids are looked through for the nearest to a misspelt one. */
const NEAREST_AMONG = 500;

/** Finds a task by its id, or by the workflow id it was started with. Throws `not-found` naming the nearest ids. */
export async function findTask(client: Client, id: string): Promise<FoundTask> {
  for (const workflowId of [taskWorkflowId(id), id]) {
    try {
      const description = await client.workflow.getHandle(workflowId).describe();
      if (description.type === 'task') return { id: taskIdOf(workflowId), workflowId, description };
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }
  const hint = nearestHint(id, await recentIds(client), 'see `colibri task list`');
  throw new ColibriError('not-found', `there is no task "${id}"`, hint);
}

async function recentIds(client: Client): Promise<string[]> {
  const ids: string[] = [];
  for await (const info of client.workflow.list({ query: "WorkflowType = 'task'", pageSize: NEAREST_AMONG })) {
    ids.push(taskIdOf(info.workflowId));
    if (ids.length >= NEAREST_AMONG) break;
  }
  return ids;
}

/**
 * A task as it stands this moment. What the task itself cannot know is added from the server and the fleet: whether a
 * waiting task is queued or parked now, and whether a running one has lost its host.
 */
export async function showTask(client: Client, id: string, fleet?: FleetView): Promise<TaskView> {
  const found = await findTask(client, id);
  const view = (isNotBegun(found) ? await viewNotBegun(client, found) : null) ?? (await askTask(client, found));
  if (isTerminal(view.state)) return view;
  const closed = closedFromOutside(found.description, view);
  if (closed) return closed;

  const pending = found.description.raw.pendingActivities?.find((a) => a.activityType?.name === 'runAgent');
  if (pending && view.state === 'running' && pending.state !== STARTED && pending.state !== CANCEL_REQUESTED) {
    move(
      view,
      'queued',
      new Date().toISOString(),
      `${view.host} lost the task in attempt ${view.attempt}; it waits for a host`,
    );
  }
  if (view.state === 'running') {
    const details = AttemptDetails.safeParse(await firstPayload(client, pending?.heartbeatDetails));
    if (details.success && details.data.attempt === view.attempt && details.data.phase !== 'claimed') {
      view.startedAt = new Date(details.data.at).toISOString();
    }
  }
  if (isWaiting(view.state)) {
    const verdict = routeVerdict(demandOf(view, Date.now()), (fleet ?? (await readFleet(client))).hosts);
    if (verdict.state !== view.state) move(view, verdict.state, new Date().toISOString(), verdict.sentence);
  }
  return view;
}

function askTask(client: Client, { workflowId, description }: FoundTask): Promise<TaskView> {
  return askWorkflow(() => client.workflow.getHandle(workflowId, description.runId).query(taskView));
}

/** temporal.api.enums.v1.PendingActivityState */
const STARTED = 2;
const CANCEL_REQUESTED = 3;

/** A workflow that was terminated, or timed out by its starter's own limit, could not say so itself. */
function closedFromOutside(description: WorkflowExecutionDescription, view: TaskView): TaskView | undefined {
  const status = description.status.name;
  if (status === 'RUNNING') return undefined;
  const at = (description.closeTime ?? new Date()).toISOString();
  const terminated = status === 'TERMINATED' || status === 'CANCELLED';
  view.endedAt = at;
  view.failure = terminated
    ? { code: 'cancelled', message: `the workflow was ${status.toLowerCase()}` }
    : { code: 'timeout', message: `the workflow ended as ${status.toLowerCase()}` };
  move(view, terminated ? 'cancelled' : 'failed', at, view.failure.message);
  return view;
}

function move(view: TaskView, state: TaskView['state'], at: string, reason: string): void {
  view.state = state;
  view.history.push({ state, at, attempt: view.attempt > 0 ? view.attempt : null, host: null, reason });
}
