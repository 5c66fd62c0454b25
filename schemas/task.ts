import { z } from 'zod';
import { duration } from './duration.ts';
import { FAILURE_CODES } from './failures.ts';
import { TagSet } from './tags.ts';
import { TaskState } from './task-state.ts';

/** Text that can stand in an argument or a variable of a process: the operating system knows no NUL there. */
const ProcessText = z
  .string()
  .max(131_072, 'longer than 128 KiB')
  .refine((s) => !s.includes('\0'), 'contains a NUL character');

const Label = z
  .string()
  .trim()
  .min(1)
  .max(200)
  .refine((s) => !/[\p{Cc}]/u.test(s), 'contains a control character');

/** Environment variable names that a task may set; Colibri's own are its to give. */
const EnvName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'a variable name has letters, digits and _ and starts with no digit')
  .refine((name) => !name.startsWith('COLIBRI_'), 'names starting with COLIBRI_ are reserved');

/** `__proto__` is refused apart, because a record leaves it out without a word. */
const Environment = z
  .custom<unknown>(
    (given) => typeof given !== 'object' || given === null || !Object.hasOwn(given, '__proto__'),
    '__proto__ cannot be the name of a variable here',
  )
  .pipe(z.record(EnvName, ProcessText));

/** A task as submitted: what to run, and what a host must be able to do to run it. Unknown fields are refused. */
export const TaskSpec = z
  .strictObject({
    /** Program and arguments. No shell looks at them unless `shell` is set. With a skill: arguments of its entry. */
    command: z.array(ProcessText).max(10_000).default([]),
    /** A skill that the host has; its entry is run and its own `requires` are added to the task's. */
    skill: Label.optional(),
    /** Tags a host must have, all of them. Empty: any host. */
    requires: TagSet.default([]),
    name: Label.optional(),
    runtime: z.enum(['command']).default('command'),
    /** Give the command, joined by spaces, to `/bin/sh -c`. */
    shell: z.boolean().default(false),
    env: Environment.default({}),
    /** Absolute folder on the host. Default: an own empty folder for each attempt. */
    cwd: ProcessText.regex(/^\//, 'must be an absolute path').optional(),
    /** Longest run of one attempt. Default: no limit. */
    timeout: duration({ minMs: 100 }).optional(),
    /** Time between TERM and KILL when the agent is ended. */
    grace: duration({ minMs: 0, maxMs: 600_000 }).default(5_000),
    /** Heartbeat timeout of an attempt: how long a host may be silent before the task goes elsewhere. */
    lease: duration({ minMs: 2_000, maxMs: 3_600_000 }).optional(),
    /** How many attempts may end with the agent's own failure. A lost host never counts. */
    maxAttempts: z.int().min(1).max(100).default(1),
    /** Wait before an attempt that follows an agent's failure. */
    retryDelay: duration({ minMs: 0, maxMs: 86_400_000 }).default(1_000),
    /** 1 (first) to 5 (last). */
    priority: z.int().min(1).max(5).default(3),
    project: Label.optional(),
    submitter: Label.optional(),
  })
  .superRefine((spec, ctx) => {
    if (spec.skill === undefined && (spec.command[0] ?? '').trim() === '') {
      ctx.addIssue({ code: 'custom', path: ['command'], message: 'give the program to run as its first item' });
    }
  });
export type TaskSpec = z.output<typeof TaskSpec>;
export type TaskSpecInput = z.input<typeof TaskSpec>;

/** What to call a task that was given no name: its skill and command, cut. */
export function taskName({ name, skill, command }: TaskSpec): string {
  return name ?? [skill ?? [], command.join(' ')].flat().join(' ').slice(0, 80);
}

/** Why a task is being cancelled; sent just before the cancellation itself. */
export const CancelNote = z.object({ reason: z.string(), by: z.string() });
export type CancelNote = z.infer<typeof CancelNote>;

/** How one attempt ended. Times are epoch milliseconds of the host's clock. */
export const AttemptResult = z.object({
  outcome: z.enum(['succeeded', 'failed', 'timeout', 'cancelled']),
  attempt: z.int(),
  host: z.string(),
  agent: z.string(),
  sessionId: z.string(),
  exitCode: z.int().nullable(),
  signal: z.string().nullable(),
  /** One line that says how it ended. */
  summary: z.string(),
  /** Last lines of output, oldest first. */
  tail: z.array(z.string()),
  startedAt: z.number(),
  endedAt: z.number(),
  output: z.object({ bytes: z.number(), events: z.number(), liveCapped: z.boolean(), transcriptCapped: z.boolean() }),
});
export type AttemptResult = z.infer<typeof AttemptResult>;

/** One line of a task's life. `at` is ISO 8601. */
export const TaskHistoryEntry = z.object({
  state: TaskState,
  at: z.string(),
  attempt: z.int().nullable(),
  host: z.string().nullable(),
  reason: z.string(),
});
export type TaskHistoryEntry = z.infer<typeof TaskHistoryEntry>;

/** What the task workflow answers about itself. Times are ISO 8601 or null. */
export const TaskView = z.object({
  id: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  name: z.string(),
  state: TaskState,
  requires: z.array(z.string()),
  route: z.string().nullable(),
  runtime: z.string(),
  command: z.array(z.string()),
  shell: z.boolean(),
  skill: z.string().nullable(),
  priority: z.int(),
  project: z.string().nullable(),
  submitter: z.string().nullable(),
  timeoutMs: z.number().nullable(),
  leaseMs: z.number().nullable(),
  maxAttempts: z.int(),
  host: z.string().nullable(),
  agent: z.string().nullable(),
  attempt: z.int(),
  submittedAt: z.string(),
  claimedAt: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  sessionId: z.string().nullable(),
  result: z
    .object({
      outcome: z.string(),
      exitCode: z.int().nullable(),
      signal: z.string().nullable(),
      summary: z.string(),
      tail: z.array(z.string()),
      sessionId: z.string(),
    })
    .nullable(),
  failure: z.object({ code: z.enum(FAILURE_CODES), message: z.string() }).nullable(),
  history: z.array(TaskHistoryEntry),
});
export type TaskView = z.infer<typeof TaskView>;

/** One line of a list of tasks. */
export const TaskLine = TaskView.pick({
  id: true,
  workflowId: true,
  runId: true,
  name: true,
  state: true,
  requires: true,
  route: true,
  host: true,
  agent: true,
  submittedAt: true,
  endedAt: true,
});
export type TaskLine = z.infer<typeof TaskLine>;
