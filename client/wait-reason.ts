import { firstChoices, type RankedHost } from '../schemas/prefer.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import type { WaitReason, WhyAnswer } from '../schemas/why.ts';
import type { PlaceInLine } from './limit.ts';

interface Reason {
  reason: WaitReason;
  sentence: string;
}

/**
 * Why a waiting task waits, when that has nothing to do with hosts; null when it has. Sentences hold no lengths of time:
 * whoever watches is told each that differs from the one before.
 */
export function ownReason(view: TaskView, limit: PlaceInLine | null, nowMs: number): Reason | null {
  if (view.assignedTo !== null) {
    const how = `\`colibri task claim ${view.id} --agent ${view.assignedTo}\``;
    return { reason: 'assigned', sentence: `It was handed to ${view.assignedTo} and waits to be claimed: ${how}.` };
  }
  if (view.retryAt !== null && Date.parse(view.retryAt) > nowMs) {
    const last = view.history.findLast(({ by, attempt }) => by !== undefined || attempt !== null);
    return { reason: 'retry-later', sentence: `It rests, and is tried again by itself: ${last?.reason ?? 'not now'}.` };
  }
  if (view.limitedSince !== null && limit !== null) return { reason: 'limit', sentence: inLine(limit) };
  return null;
}

function inLine({ key, max, holders, waiting, position }: PlaceInLine): string {
  const most = `Only ${max} ${max === 1 ? 'task' : 'tasks'} of "${key}" may run at once`;
  if (position === null) return `${most}, and it is about to be given a place.`;
  const who = holders.length === 0 ? '' : `: ${holders.join(', ')} ${holders.length === 1 ? 'has' : 'have'} the place`;
  const place = holders.length > 1 ? `${who}s` : who;
  return `${most}${place}. It is number ${position} of ${waiting} in the line.`;
}

/** A task for which there is a host waits for the control worker alone while it has no route. */
export function notBegun(view: TaskView, answer: WhyAnswer): Reason | null {
  if (view.route !== null || answer.reason !== 'starting') return null;
  const sentence = 'The control worker has not come to it yet: it works off what was submitted before.';
  return { reason: 'not-begun', sentence };
}

/** What the fleet says of the wait, with what is about to change it. */
export function waitsFor(answer: WhyAnswer, view: TaskView, hosts: readonly RankedHost[], nowMs: number): string {
  const parts = [answer.sentence];
  if (answer.reason === 'starting' && view.prefers.length > 0 && view.pinnedTo === null) {
    const [best] = firstChoices(demandOf(view, nowMs), view.prefers, hosts);
    if (best !== undefined) parts.push(`${best} is asked first, because of the preferred tags.`);
  }
  const next = view.ladder.find(({ at }) => at !== null && Date.parse(at) > nowMs);
  if (next !== undefined) {
    const tags = next.requires.map((tag) => `"${tag}"`).join(', ');
    parts.push(tags === '' ? 'Later any host will do.' : `Later a host with ${tags} will do as well.`);
  }
  return parts.join(' ');
}
