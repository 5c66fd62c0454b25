import { z } from 'zod';
import { OVERLAPS } from './schedule.ts';
import { TaskState } from './task-state.ts';

/** One task that a schedule started. Times are ISO 8601. `state` is null of one that is no longer kept. */
export const ScheduledRun = z.object({
  taskId: z.string(),
  scheduledAt: z.string(),
  startedAt: z.string(),
  state: TaskState.nullable(),
});
export type ScheduledRun = z.infer<typeof ScheduledRun>;

/** A line of a list of schedules. */
export const ScheduleLine = z.object({
  name: z.string(),
  /** When it runs, in words: cron expressions, or `every 10m`. */
  when: z.array(z.string()),
  paused: z.boolean(),
  note: z.string().nullable(),
  /** Name of its task, for people. */
  task: z.string(),
  nextAt: z.string().nullable(),
  last: ScheduledRun.nullable(),
});
export type ScheduleLine = z.infer<typeof ScheduleLine>;

/** A schedule as it stands. Durations in milliseconds. */
export const ScheduleView = ScheduleLine.omit({ nextAt: true, last: true }).extend({
  timeZone: z.string(),
  jitterMs: z.number(),
  startAt: z.string().nullable(),
  endAt: z.string().nullable(),
  overlap: z.enum(OVERLAPS),
  catchUpMs: z.number(),
  pauseOnFailure: z.boolean(),
  /** Runs that are left; null: no limit. */
  remaining: z.int().nullable(),
  createdAt: z.string(),
  /** The task that it starts, as it was given. */
  spec: z.unknown(),
  /** The next five times. */
  next: z.array(z.string()),
  /** The last tasks that it started, latest first. */
  runs: z.array(ScheduledRun),
  counts: z.object({ started: z.int(), skipped: z.int(), missed: z.int() }),
});
export type ScheduleView = z.infer<typeof ScheduleView>;
