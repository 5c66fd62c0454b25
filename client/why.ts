import type { Client } from '@temporalio/client';
import type { HostStatus } from '../schemas/fleet.ts';
import { isTerminal, isWaiting, type TaskState } from '../schemas/task-state.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import { explainWait, type WaitReason } from '../schemas/why.ts';
import { readFleet, readHosts } from './hosts.ts';
import { showTask } from './show.ts';

/** Why a task is where it is. `since`: ISO 8601, when it came to wait (or to the state it is in). */
export interface TaskWhy {
  id: string;
  state: TaskState;
  since: string;
  reason: WaitReason;
  sentence: string;
  requires: { tag: string; hosts: string[]; nearest: string[] }[];
  hosts: { name: string; status: HostStatus; missing: string[]; reserved: string[] }[];
}

export async function whyTask(client: Client, id: string): Promise<TaskWhy> {
  const fleet = await readFleet(client);
  const [view, hosts] = await Promise.all([showTask(client, id, fleet), readHosts(client, fleet)]);
  const answer = explainWait(demandOf(view, Date.now()), hosts);
  const since = waitingSince(view);
  if (isWaiting(view.state)) return { id: view.id, state: view.state, since, ...answer };
  return {
    id: view.id,
    state: view.state,
    since,
    reason: 'not-waiting',
    sentence: standing(view),
    requires: answer.requires,
    hosts: answer.hosts,
  };
}

/** A task waits since it was submitted or last gave up an attempt, not since it was last said to be parked. */
function waitingSince(view: TaskView): string {
  const { history } = view;
  let index = history.length - 1;
  if (isWaiting(view.state)) {
    while (index > 0 && isWaiting(history[index - 1]?.state ?? 'done')) index -= 1;
  }
  return history[index]?.at ?? view.submittedAt;
}

function standing(view: TaskView): string {
  if (view.state === 'running' || view.state === 'claimed')
    return `It does not wait: ${view.host} runs it (attempt ${view.attempt}).`;
  if (isTerminal(view.state))
    return `It does not wait: it is ${view.state}${view.host === null ? '' : ` (last on ${view.host})`}.`;
  return `It is ${view.state}: ${view.history.at(-1)?.reason ?? ''}`;
}
