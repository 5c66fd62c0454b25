import type { ClaimRequest, HandoffRequest, TransitionRequest } from '../schemas/task-requests.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { refusal } from './refusal.ts';
import { demandOf, isTerminal, isWaiting, lacking, TRANSITIONS } from './rules.ts';
import type { TaskRun } from './task-run.ts';

/** Who asks, and of which attempt, when an agent speaks of the one it holds. */
interface Asker {
  agent: string | null;
  attempt: number | null;
}

/** Throws why an agent outside may not have the task. `now`: epoch milliseconds. */
export function refuseClaim({ record, spec }: TaskRun, claim: ClaimRequest, now: number): void {
  const { view } = record;
  refuseEnded(view);
  if (!isWaiting(view.state)) {
    if (view.state === 'blocked')
      throw refusal('Blocked', 'the task waits for an answer; nobody can claim it meanwhile');
    throw refusal('AlreadyClaimed', `already claimed by ${view.agent} since ${view.claimedAt}`);
  }
  if (view.assignedTo !== null && view.assignedTo !== claim.agent) {
    throw refusal('Assigned', `the task was handed to ${view.assignedTo}; nobody else can claim it`);
  }
  if (view.pinnedTo !== null && view.pinnedTo !== claim.host) {
    throw refusal('NotCapable', `the task may run on ${view.pinnedTo} alone, and ${claim.agent} does not work there`);
  }
  // What was handed to one agent asks for nothing else.
  if (view.assignedTo !== null) return;
  const asks = view.ladder.length > 0 ? demandOf(view, now) : { tags: spec.requires };
  const missing = lacking(asks, claim);
  if (missing.length > 0) {
    const tags = missing.map((tag) => `"${tag}"`).join(', ');
    throw refusal('NotCapable', `${claim.agent} lacks ${tags}, which the task requires`);
  }
}

export function refuseTransition(run: TaskRun, asks: TransitionRequest): void {
  const { view } = run.record;
  const { to, agent } = asks;
  refuseEnded(view);
  refuseStranger(view, asks);
  if (to === 'claimed') throw refusal('Impossible', 'a task is claimed with `colibri task claim`');
  if (to === 'parked')
    throw refusal('Impossible', 'whether a task is parked or queued follows from the hosts there are');
  if (to === 'cancelled') throw refusal('Impossible', 'a task is cancelled with `colibri task cancel`');
  const byItself = to === 'running' && (agent === null || run.outside === undefined);
  if (!TRANSITIONS[view.state].includes(to) || byItself) {
    const possible = TRANSITIONS[view.state].filter((state) => state !== 'claimed' && state !== 'parked');
    const reachable = run.outside === undefined ? possible.filter((state) => state !== 'running') : possible;
    throw refusal('Impossible', `the task is ${view.state} and cannot become ${to}; possible: ${reachable.join(', ')}`);
  }
}

export function refuseAnswer({ record }: TaskRun): void {
  const { view } = record;
  refuseEnded(view);
  if (view.state !== 'blocked') throw refusal('NotBlocked', `the task is ${view.state} and asks nothing`);
}

export function refuseHandoff({ record }: TaskRun, asks: HandoffRequest): void {
  refuseEnded(record.view);
  refuseStranger(record.view, asks);
}

/** Only what waits can be tried at once; what has ended is started anew by whoever asks. */
export function refuseRetry({ record }: TaskRun): void {
  const { view } = record;
  refuseEnded(view);
  if (!isWaiting(view.state)) {
    throw refusal(
      'NotWaiting',
      `the task is ${view.state}${view.agent === null ? '' : ` with ${view.agent}`}; cancel it first`,
    );
  }
}

/** An agent speaks only of what it holds. */
function refuseStranger(view: TaskView, { agent, attempt }: Asker): void {
  if (agent === null) return;
  const holds = !isWaiting(view.state) && view.agent === agent;
  if (holds && (attempt === null || attempt === view.attempt)) return;
  const holder = isWaiting(view.state) ? 'nobody holds it now' : `${view.agent} holds it, attempt ${view.attempt}`;
  throw refusal('NotHeld', `${agent} does not hold the task (any more): ${holder}`);
}

function refuseEnded(view: TaskView): void {
  if (isTerminal(view.state)) throw refusal('Ended', `the task is ${view.state}`);
}
