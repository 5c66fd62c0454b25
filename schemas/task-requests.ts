import { z } from 'zod';
import { HostName } from './fleet.ts';
import { Tag, TagSet } from './tags.ts';
import { TaskState } from './task-state.ts';
import { Label, Text } from './text.ts';

/** An agent outside asks for a task. `timeoutMs`: how long it may be silent before it loses the task again. */
export const ClaimRequest = z.object({
  agent: Label,
  /** The host it works on, where that is known. */
  host: HostName.nullable().default(null),
  /** Its own and those of its host, which may be more than any task may ask for. */
  capabilities: z.array(Tag).max(1_000, 'at most 1000 tags'),
  timeoutMs: z.number().min(1_000).max(86_400_000),
});
export type ClaimRequest = z.infer<typeof ClaimRequest>;

/** What an agent outside was given. Its heartbeats go to the activity, by id. */
export const ClaimGrant = z.object({
  taskId: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  activityId: z.string(),
  attempt: z.int(),
  timeoutMs: z.number(),
});
export type ClaimGrant = z.infer<typeof ClaimGrant>;

/** Who asks. `agent`: an agent that speaks of the attempt it holds; null: an operator. */
const Asker = { by: Label, agent: Label.nullable().default(null), attempt: z.int().nullable().default(null) };

/** Moves a task to a state by hand. With `blocked` the reason is the question; with `done` and `failed` the summary. */
export const TransitionRequest = z.object({ ...Asker, to: TaskState, reason: Text, data: z.json().optional() });
export type TransitionRequest = z.infer<typeof TransitionRequest>;

/** Answers the question of a blocked task. */
export const AnswerRequest = z.object({ ...Asker, text: Text });
export type AnswerRequest = z.infer<typeof AnswerRequest>;

/** Passes a task on: to one agent, or to whoever has these tags. */
export const HandoffRequest = z.object({
  ...Asker,
  to: Label.nullable().default(null),
  requires: TagSet.nullable().default(null),
  notes: Text,
  branch: Label.nullable().default(null),
});
export type HandoffRequest = z.infer<typeof HandoffRequest>;

/** Tries a waiting task at once, and from then on on this host alone if one is named. */
export const RetryRequest = z.object({ ...Asker, on: HostName.nullable().default(null) });
export type RetryRequest = z.infer<typeof RetryRequest>;

/** How far it has come. */
export const ProgressNote = z.object({
  ...Asker,
  text: Text.refine((text) => text.length <= 1_000, 'longer than 1000 characters'),
  percent: z.number().min(0).max(100).nullable().default(null),
});
export type ProgressNote = z.infer<typeof ProgressNote>;

/** An agent is gone, or wants no more of it: what it held goes back. `attempt`: the one it held; null for any. */
export const GiveBack = z.object({ agent: Label, reason: Text, attempt: z.int().nullable().default(null) });
export type GiveBack = z.input<typeof GiveBack>;

/** An agent outside took a task, as its own workflow is told. */
export const TaskTaken = z.object({
  taskId: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  activityId: z.string(),
  attempt: z.int(),
});
export type TaskTaken = z.infer<typeof TaskTaken>;

/** `lost`: the agent did not end it itself, and is to hear of it with its next heartbeat; `reason` says how that came. */
export const TaskLetGo = z.object({
  workflowId: z.string(),
  attempt: z.int(),
  lost: z.boolean().default(false),
  reason: z
    .string()
    .default('')
    .transform((text) => text.slice(0, 1_000)),
});
export type TaskLetGo = z.input<typeof TaskLetGo>;
