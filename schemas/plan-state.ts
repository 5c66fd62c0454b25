import { z } from 'zod';
import { CUTS } from './needs.ts';
import { PlanTaskState } from './plan-view.ts';

/** A result as a plan keeps it for those that need it. */
const KeptResult = z.object({
  exitCode: z.int().nullable(),
  tail: z.array(z.string()),
  data: z.unknown(),
  summary: z.string(),
  cut: z.array(z.enum(CUTS)),
});
export type KeptResult = z.infer<typeof KeptResult>;

/** How far a task of a plan has come. Times are epoch milliseconds. */
export const PlanTaskProgress = z.object({
  state: PlanTaskState,
  workflowId: z.string().nullable(),
  runId: z.string().nullable(),
  startedAt: z.number().nullable(),
  endedAt: z.number().nullable(),
  summary: z.string(),
  /** Kept only where another task needs it. */
  result: KeptResult.nullable(),
});
export type PlanTaskProgress = z.infer<typeof PlanTaskProgress>;

/** What one run of a plan hands to the next, beside the plan as it was given. May only gain optional fields. */
export const PlanCarried = z.object({
  startedAt: z.number(),
  round: z.int().default(1),
  /** Why nothing more is started, when that is so. */
  stopped: z.string().nullable().default(null),
  /** Those that have left `waiting`, by name. */
  tasks: z.record(z.string(), PlanTaskProgress),
});
export type PlanCarried = z.infer<typeof PlanCarried>;

/** A plan as it is to be tried again: what is done stays so, the rest is as if it had never been. */
export function retried(carried: PlanCarried): PlanCarried {
  const done = Object.entries(carried.tasks).filter(([, { state }]) => state === 'done');
  return { ...carried, round: carried.round + 1, stopped: null, tasks: Object.fromEntries(done) };
}

/** How a task of a plan ended. `result`: what the agent did, as far as it could be read. */
export const TaskEnd = z.object({
  state: z.enum(['done', 'failed', 'cancelled']),
  summary: z.string(),
  result: z
    .object({ exitCode: z.int().nullable(), tail: z.array(z.string()), data: z.unknown() })
    .nullable()
    .default(null),
});
export type TaskEnd = z.infer<typeof TaskEnd>;
