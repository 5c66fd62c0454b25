import type { TaskState } from '../schemas/task-state.ts';
import type { TaskHistoryEntry, TaskView } from '../schemas/task-view.ts';
import { iso } from './iso.ts';
import { isTerminal, isWaiting } from './rules.ts';

/** The longest history a task keeps of itself: its first entries and its latest. */
const MAX_HISTORY = 200;
const KEEP_FIRST = 20;

/** Adds an entry to a task's history. `by`: who made it so. */
export function note(view: TaskView, state: TaskState, at: number, reason: string, by?: string): void {
  const held = state === 'claimed' || state === 'running';
  const entry: TaskHistoryEntry = {
    state,
    at: iso(at),
    attempt: view.attempt > 0 ? view.attempt : null,
    host: held || isTerminal(state) ? view.host : null,
    reason,
    ...(by !== undefined && { by }),
  };
  if (view.history.length >= MAX_HISTORY) view.history.splice(KEEP_FIRST, 1);
  view.history.push(entry);
}

/**
 * Since when a task waits by its history, in epoch milliseconds; NaN while it does not. Whether it was said to be parked or
 * queued meanwhile makes no difference to its wait.
 */
export function beganToWait(history: readonly TaskHistoryEntry[]): number {
  const last = history.findLastIndex(({ state }) => !isWaiting(state));
  return Date.parse(history[last + 1]?.at ?? '');
}
