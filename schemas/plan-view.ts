import { z } from 'zod';

/**
 * The states of a task within its plan. `waiting`: what it needs is not done. `started`: it was handed over to the board,
 * where it is queued, parked, running. `skipped`: it never was, because something it needs failed, or the plan stopped.
 */
export const PLAN_TASK_STATES = ['waiting', 'started', 'done', 'failed', 'cancelled', 'skipped'] as const;
export const PlanTaskState = z.enum(PLAN_TASK_STATES);
export type PlanTaskState = z.infer<typeof PlanTaskState>;

export const PLAN_STATES = ['running', 'done', 'failed', 'cancelled'] as const;
export const PlanState = z.enum(PLAN_STATES);
export type PlanState = z.infer<typeof PlanState>;

/** How many tasks of a plan are in each state. */
export const PlanCounts = z.record(PlanTaskState, z.int());
export type PlanCounts = z.infer<typeof PlanCounts>;

/** One task of a plan as the plan knows it. Times are ISO 8601 or null. */
export const PlanTaskView = z.object({
  name: z.string(),
  needs: z.array(z.string()),
  state: PlanTaskState,
  /** Its id on the board, once it was started: for `task show`. */
  taskId: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** How it ended, or why it was skipped. */
  summary: z.string(),
});
export type PlanTaskView = z.infer<typeof PlanTaskView>;

/** What the plan workflow answers about itself. */
export const PlanView = z.object({
  id: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  name: z.string().nullable(),
  state: PlanState,
  project: z.string().nullable(),
  submitter: z.string().nullable(),
  onFailure: z.enum(['stop', 'continue']),
  cancelRunning: z.boolean(),
  /** 1, and one more with each retry. */
  round: z.int(),
  submittedAt: z.string(),
  endedAt: z.string().nullable(),
  /** Why it is as it is, in a sentence. */
  summary: z.string(),
  counts: PlanCounts,
  /** In the order of the plan. */
  tasks: z.array(PlanTaskView),
});
export type PlanView = z.infer<typeof PlanView>;
