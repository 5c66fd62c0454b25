import { z } from 'zod';
import { duration } from './duration.ts';
import { TaskSpec, type TaskSpecInput } from './task.ts';

/** What is done when it is time for a run while an earlier one goes on. */
export const OVERLAPS = ['skip', 'buffer-one', 'buffer-all', 'cancel-other', 'terminate-other', 'allow-all'] as const;
export type Overlap = (typeof OVERLAPS)[number];

/** A schedule's name: the ids of its tasks begin with it. */
export const ScheduleName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/,
    'a name has letters, digits, . _ and - (at most 64) and starts with a letter or digit',
  );

const Moment = z
  .string()
  .refine((text) => !Number.isNaN(Date.parse(text)), 'give a time such as 2026-12-24T18:00:00Z')
  .transform((text) => new Date(text).toISOString());

const ONE_YEAR_MS = 366 * 24 * 3_600_000;

/** When tasks are to be started, and how. Unknown fields are refused. */
export const ScheduleSpec = z
  .strictObject({
    name: ScheduleName,
    /** Cron expressions, of 5 to 7 fields; the server reads them. */
    cron: z.array(z.string().trim().min(1, 'give a cron expression such as "0 2 * * *"').max(200)).max(100).default([]),
    /** Time between two runs, counted from the epoch, not from now. */
    every: duration({ minMs: 1_000, maxMs: ONE_YEAR_MS }).optional(),
    /** Moves the runs of `every` by so much. */
    offset: duration({ minMs: 0, maxMs: ONE_YEAR_MS }).optional(),
    /** IANA name of the time zone of cron expressions. Default: UTC. */
    timeZone: z.string().trim().min(1).max(100).optional(),
    /** Each run starts later by up to so much, at random. */
    jitter: duration({ minMs: 1, maxMs: ONE_YEAR_MS }).optional(),
    /** Nothing runs before, nothing after. ISO 8601. */
    startAt: Moment.optional(),
    endAt: Moment.optional(),
    overlap: z.enum(OVERLAPS).default('skip'),
    /** A run that was missed because the server was down is made up when it is back within so long. */
    catchUp: duration({ minMs: 10_000, maxMs: ONE_YEAR_MS }).default(24 * 3_600_000),
    /** Pauses itself when a task fails. */
    pauseOnFailure: z.boolean().default(false),
    /** So many runs, then no more. */
    remaining: z.int().min(1).max(1_000_000).optional(),
    paused: z.boolean().default(false),
    note: z.string().max(1_000).optional(),
    task: TaskSpec,
  })
  .superRefine((spec, ctx) => {
    const issue = (field: string, message: string) => ctx.addIssue({ code: 'custom', path: [field], message });
    if (spec.cron.length === 0 && spec.every === undefined) {
      issue('cron', 'say when: give a cron expression, or the time between two runs (every)');
    }
    if (spec.offset !== undefined && (spec.every === undefined || spec.offset >= spec.every)) {
      issue('offset', 'must be shorter than the time between two runs (every)');
    }
    if (spec.startAt !== undefined && spec.endAt !== undefined && spec.endAt <= spec.startAt) {
      issue('endAt', 'must be after startAt');
    }
    if (spec.task.key !== undefined) issue('task.key', 'a key names one task, and a schedule starts many');
  });
export type ScheduleSpec = z.output<typeof ScheduleSpec>;
export type ScheduleSpecInput = Omit<z.input<typeof ScheduleSpec>, 'task'> & { task: TaskSpecInput };
