import { z } from 'zod';

/**
 * The states of a task. `queued` waits on a route that a live host serves; `parked` waits on one that none serves now;
 * `claimed` belongs to an agent whose work has not begun; `blocked` waits for an answer.
 */
export const TASK_STATES = [
  'queued',
  'parked',
  'claimed',
  'running',
  'blocked',
  'done',
  'failed',
  'cancelled',
] as const;
export const TaskState = z.enum(TASK_STATES);
export type TaskState = z.infer<typeof TaskState>;

/** The one table of transitions: from a state, to the states that may follow it. */
export const TRANSITIONS: Readonly<Record<TaskState, readonly TaskState[]>> = {
  queued: ['parked', 'claimed', 'blocked', 'failed', 'cancelled'],
  parked: ['queued', 'claimed', 'blocked', 'failed', 'cancelled'],
  claimed: ['running', 'queued', 'parked', 'claimed', 'blocked', 'done', 'failed', 'cancelled'],
  running: ['queued', 'parked', 'claimed', 'blocked', 'done', 'failed', 'cancelled'],
  blocked: ['queued', 'parked', 'claimed', 'running', 'done', 'failed', 'cancelled'],
  done: [],
  failed: [],
  cancelled: [],
};

/** True when the task has ended and nothing more will happen to it. */
export function isTerminal(state: TaskState): boolean {
  return TRANSITIONS[state].length === 0;
}

/** True while the task waits for a host. */
export function isWaiting(state: TaskState): boolean {
  return state === 'queued' || state === 'parked';
}

/** True when `to` may follow `from`. */
export function canTransition(from: TaskState, to: TaskState): boolean {
  return TRANSITIONS[from].includes(to);
}
