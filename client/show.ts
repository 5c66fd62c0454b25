import type { Client, WorkflowExecutionDescription } from '@temporalio/client';
import type { FleetView } from '../schemas/fleet.ts';
import { AttemptDetails } from '../schemas/host-activities.ts';
import { isTerminal, isWaiting } from '../schemas/task-state.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { taskView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { type FoundWorkflow, findTask } from './find-workflow.ts';
import { isNotBegun, viewNotBegun } from './not-begun.ts';
import { firstPayload } from './payloads.ts';
import { readFleet } from './read-fleet.ts';

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

function askTask(client: Client, { workflowId, description }: FoundWorkflow): Promise<TaskView> {
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
