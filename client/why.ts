import type { Client } from '@temporalio/client';
import type { HostStatus, HostView } from '../schemas/fleet.ts';
import { mayServe } from '../schemas/serving.ts';
import { isTerminal, isWaiting, type TaskState } from '../schemas/task-state.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import { explainWait, type WaitReason } from '../schemas/why.ts';
import { type PlaceInLine, readPlace } from './limit.ts';
import { readFleet, readHosts } from './read-fleet.ts';
import { showTask } from './show.ts';
import { notBegun, ownReason, waitsFor } from './wait-reason.ts';

/** Why a task is where it is. Times are ISO 8601. */
export interface TaskWhy {
  id: string;
  state: TaskState;
  /** When it came to wait, or to the state it is in. */
  since: string;
  reason: WaitReason;
  sentence: string;
  requires: { tag: string; hosts: string[]; nearest: string[] }[];
  /** `preferred`: the tags it has of those that the task prefers. `reserved`: those it keeps itself for, away from this. */
  hosts: { name: string; status: HostStatus; missing: string[]; reserved: string[]; preferred: string[] }[];
  prefers: string[];
  /** The sets of tags by which it may be taken, in their order. `at`: from when; null: at once. `hosts`: who may by it. */
  ladder: { requires: string[]; at: string | null; hosts: string[] }[];
  /** The host that alone may run it. */
  pinnedTo: string | null;
  limit: PlaceInLine | null;
  /** The agent to which it was handed. */
  assignedTo: string | null;
  /** It is not tried before. */
  retryAt: string | null;
}

export async function whyTask(client: Client, id: string): Promise<TaskWhy> {
  const fleet = await readFleet(client);
  const view = await showTask(client, id, fleet);
  // How busy the others are makes no difference to it, and there may be thousands.
  const rungs = rungsOf(view).map(({ requires }) => ({ tags: requires, host: view.pinnedTo }));
  const hosts = await readHosts(client, fleet, (host) => rungs.some((rung) => mayServe(rung, host)));
  const waits = isWaiting(view.state);
  const limit =
    view.limit === null || isTerminal(view.state) ? null : await readPlace(client, view.workflowId, view.limit);
  const now = Date.now();
  const answer = explainWait(demandOf(view, now), hosts);
  const ladder = ladderOf(view, hosts);
  const own = waits
    ? (ownReason(view, limit, now) ?? notBegun(view, answer))
    : { reason: 'not-waiting' as const, sentence: standing(view) };
  return {
    id: view.id,
    state: view.state,
    since: waitingSince(view),
    ...(own ?? { reason: answer.reason, sentence: waitsFor(answer, view, hosts, now) }),
    requires: answer.requires,
    hosts: answer.hosts.map((host) => ({ ...host, preferred: preferredOf(view, hosts, host.name) })),
    prefers: view.prefers,
    ladder,
    pinnedTo: view.pinnedTo,
    limit,
    assignedTo: view.assignedTo,
    retryAt: waits && view.retryAt !== null && Date.parse(view.retryAt) > now ? view.retryAt : null,
  };
}

function ladderOf(view: TaskView, hosts: readonly HostView[]): TaskWhy['ladder'] {
  return rungsOf(view).map(({ requires: tags, at }) => ({
    requires: tags,
    at,
    hosts: hosts.filter((host) => mayServe({ tags, host: view.pinnedTo }, host)).map(({ name }) => name),
  }));
}

function rungsOf({ ladder, requires }: TaskView): TaskView['ladder'] {
  return ladder.length > 0 ? ladder : [{ requires, at: null }];
}

function preferredOf({ prefers }: TaskView, hosts: readonly HostView[], name: string): string[] {
  const has = hosts.find((host) => host.name === name)?.capabilities ?? [];
  return prefers.filter((tag) => has.includes(tag));
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
    return `It does not wait: ${view.host ?? view.agent} ${view.state === 'running' ? 'runs' : 'has'} it (attempt ${view.attempt}).`;
  if (isTerminal(view.state))
    return `It does not wait: it is ${view.state}${view.host === null ? '' : ` (last on ${view.host})`}.`;
  const open = view.questions.findLast(({ answer }) => answer === null);
  if (open !== undefined) {
    return `It waits for an answer to: ${open.question} Give it with \`colibri task answer ${view.id} TEXT\`.`;
  }
  return `It is ${view.state}: ${view.history.at(-1)?.reason ?? ''}`;
}
