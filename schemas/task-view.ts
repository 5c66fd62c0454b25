import { z } from 'zod';
import { FAILURE_CODES } from './failures.ts';
import type { Demand } from './serving.ts';
import { SkillPin } from './skill.ts';
import { TaskState } from './task-state.ts';

/** One line of a task's life. `at` is ISO 8601; `by` says who brought it about, where that is known. */
export const TaskHistoryEntry = z.object({
  state: TaskState,
  at: z.string(),
  attempt: z.int().nullable(),
  host: z.string().nullable(),
  reason: z.string(),
  by: z.string().optional(),
});
export type TaskHistoryEntry = z.infer<typeof TaskHistoryEntry>;

/** A question of an agent, and what it was told. */
export const TaskQuestion = z.object({
  question: z.string(),
  askedAt: z.string(),
  attempt: z.int(),
  /** Null until it is answered. */
  answer: z.string().nullable(),
  answeredBy: z.string().nullable(),
});
export type TaskQuestion = z.infer<typeof TaskQuestion>;

/** What whoever passes a task on tells the next. `to`: the agent that is to have it, if it is for one alone. */
export const Handoff = z.object({
  at: z.string(),
  by: z.string(),
  to: z.string().nullable(),
  notes: z.string(),
  branch: z.string().nullable(),
});
export type Handoff = z.infer<typeof Handoff>;

/** Where a task may run, in the order in which that is tried. `at`: from when, or null for at once. */
export const Rung = z.object({ requires: z.array(z.string()), at: z.string().nullable() });
export type Rung = z.infer<typeof Rung>;

/** What the task workflow answers about itself. Times are ISO 8601 or null. */
export const TaskView = z.object({
  id: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  name: z.string(),
  state: TaskState,
  requires: z.array(z.string()),
  prefers: z.array(z.string()),
  /** The sets of tags by which it may be taken, the first one included. */
  ladder: z.array(Rung),
  route: z.string().nullable(),
  /** The host that alone may run it. */
  pinnedTo: z.string().nullable(),
  limit: z.object({ key: z.string(), max: z.int() }).nullable(),
  /** Set while it waits for another task with its key to end. */
  limitedSince: z.string().nullable(),
  /** The agent to which it was handed: nobody else may take it. */
  assignedTo: z.string().nullable(),
  runtime: z.string(),
  command: z.array(z.string()),
  shell: z.boolean(),
  skill: z.string().nullable(),
  /** What was settled of the skill; null before it has looked for a host. */
  skillPin: SkillPin.nullable().default(null),
  skillInputs: z.record(z.string(), z.string()).default({}),
  priority: z.int(),
  project: z.string().nullable(),
  submitter: z.string().nullable(),
  timeoutMs: z.number().nullable(),
  totalTimeoutMs: z.number().nullable(),
  silenceMs: z.number().nullable(),
  leaseMs: z.number().nullable(),
  maxAttempts: z.int(),
  host: z.string().nullable(),
  agent: z.string().nullable(),
  attempt: z.int(),
  submittedAt: z.string(),
  claimedAt: z.string().nullable(),
  startedAt: z.string().nullable(),
  endedAt: z.string().nullable(),
  /** Before that it is not tried again. */
  retryAt: z.string().nullable(),
  sessionId: z.string().nullable(),
  /** SHA-256 of the token of the session that has the task, or had it last. */
  tokenHash: z.string().nullable().optional(),
  progress: z.object({ text: z.string(), percent: z.number().nullable(), at: z.string(), by: z.string() }).nullable(),
  questions: z.array(TaskQuestion),
  handoffs: z.array(Handoff),
  result: z
    .object({
      outcome: z.string(),
      exitCode: z.int().nullable(),
      signal: z.string().nullable(),
      summary: z.string(),
      tail: z.array(z.string()),
      sessionId: z.string(),
      data: z.json().optional(),
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
  priority: true,
  project: true,
  host: true,
  agent: true,
  submittedAt: true,
  endedAt: true,
});
export type TaskLine = z.infer<typeof TaskLine>;

/** What a task asks for at this time (epoch milliseconds): its own tags, and the further sets whose time has come. */
export function demandOf(
  { requires, ladder, pinnedTo }: Pick<TaskView, 'requires' | 'ladder' | 'pinnedTo'>,
  now: number,
): Demand {
  const open = ladder.slice(1).filter(({ at }) => at !== null && Date.parse(at) <= now);
  return { tags: requires, ...(open.length > 0 && { or: open.map((rung) => rung.requires) }), host: pinnedTo };
}
