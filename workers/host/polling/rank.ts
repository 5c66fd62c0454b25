import { DEFAULT_PRIORITY } from './decode-task.ts';
import type { RouteState } from './route-state.ts';

/**
 * After its delay, how long a task that was sent back may take to show up in its queue: 20 ms here, but a server with
 * its default `history.timerProcessorMaxTimeShift` rounds every short delay up to a second.
 */
export const RETURN_SLACK_MS = 1_000;

/** A route that has, or is about to have, a task for a free slot. */
export interface Waiting {
  readonly route: RouteState;
  readonly priority: number;
  readonly ageMs: number;
  /** 0: in the queue now. Otherwise when the task that was sent back is in it again. */
  readonly dueInMs: number;
}

/**
 * The routes worth a poll, best first: by priority key, then by the age of the oldest task.
 *
 * A task on its way back is not in any backlog. It is worth keeping a slot empty for when nothing that waits is as urgent,
 * or when its route was sent back twice running; else short tasks on other routes could take every slot while it is away.
 */
export function rank(routes: Iterable<RouteState>, now: number, wallNow: number): Waiting[] {
  const here: Waiting[] = [];
  const returning: Waiting[] = [];
  for (const route of routes) {
    const waiting = headOf(route, now, wallNow);
    if (waiting) (waiting.dueInMs > 0 ? returning : here).push(waiting);
  }
  const bestHere = here.reduce((best, { priority }) => Math.min(best, priority), Number.POSITIVE_INFINITY);
  const worthWaiting = returning.filter(
    ({ route, priority }) => (route.sentBack?.times ?? 0) >= 2 || (here.length > 0 && priority < bestHere),
  );
  return [...here, ...worthWaiting].sort((a, b) => a.priority - b.priority || b.ageMs - a.ageMs);
}

function headOf(route: RouteState, now: number, wallNow: number): Waiting | undefined {
  const { seen, sentBack } = route;
  if (seen && !seen.backlog) {
    // Could not be asked: assume something waits, or a queue that never answers would starve.
    return { route, priority: DEFAULT_PRIORITY, ageMs: now - route.lastPolledAt, dueInMs: 0 };
  }
  const [best] = [...(seen?.backlog?.byPriority ?? [])].sort(([a], [b]) => a - b);
  const away = sentBack && sentBack.dueAt + RETURN_SLACK_MS > now ? sentBack : undefined;
  if (!best || (away && away.priority < best[0])) {
    if (!away) return undefined;
    return {
      route,
      priority: away.priority,
      ageMs: wallNow - away.scheduledAt,
      dueInMs: Math.max(1, away.dueAt - now),
    };
  }
  const [priority, head] = best;
  // Routes are asked one after the other: what was told of each counts from when it was told.
  const ageMs = head.ageMs + (seen ? now - seen.at : 0);
  // A retried task enters its queue as a new one; what was sent back keeps its true age.
  const trueAge = sentBack?.priority === priority ? wallNow - sentBack.scheduledAt : 0;
  return { route, priority, ageMs: Math.max(ageMs, trueAge), dueInMs: 0 };
}
