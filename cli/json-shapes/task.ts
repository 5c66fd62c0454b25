import { z } from 'zod';
import { HOST_STATUSES } from '../../schemas/fleet.ts';
import { Needs } from '../../schemas/needs.ts';
import { SessionEvent } from '../../schemas/session-event.ts';
import { ClaimGrant } from '../../schemas/task-requests.ts';
import { TaskState } from '../../schemas/task-state.ts';
import { TaskHistoryEntry, TaskLine, TaskView } from '../../schemas/task-view.ts';
import { WAIT_REASONS } from '../../schemas/why.ts';

export const TaskSubmitJson = z.strictObject({
  id: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  state: TaskState,
  route: z.string(),
  /** A task with this key was there already; nothing was started. */
  existing: z.boolean(),
});
export type TaskSubmitJson = z.infer<typeof TaskSubmitJson>;

/** `task show`, and without `inputs` what other commands say of a task. `inputs`: results of the tasks that it needed. */
export const TaskShowJson = TaskView.extend({ inputs: Needs.optional() });
export type TaskShowJson = z.infer<typeof TaskShowJson>;

/** `task claim`, `task next`. `timeoutMs`: how long the agent may be silent before it loses the task. */
export const TaskClaimJson = ClaimGrant.extend({ agent: z.string(), inputs: Needs });
export type TaskClaimJson = z.infer<typeof TaskClaimJson>;

export const TaskProgressJson = z.strictObject({ id: z.string(), text: z.string(), percent: z.number().nullable() });
export type TaskProgressJson = z.infer<typeof TaskProgressJson>;

export const TaskWhyJson = z.strictObject({
  id: z.string(),
  state: TaskState,
  since: z.string(),
  reason: z.enum(WAIT_REASONS),
  sentence: z.string(),
  requires: z.array(z.strictObject({ tag: z.string(), hosts: z.array(z.string()), nearest: z.array(z.string()) })),
  hosts: z.array(
    z.strictObject({
      name: z.string(),
      status: z.enum(HOST_STATUSES),
      missing: z.array(z.string()),
      reserved: z.array(z.string()),
      preferred: z.array(z.string()),
    }),
  ),
  prefers: z.array(z.string()),
  ladder: z.array(
    z.strictObject({ requires: z.array(z.string()), at: z.string().nullable(), hosts: z.array(z.string()) }),
  ),
  pinnedTo: z.string().nullable(),
  limit: z
    .strictObject({
      key: z.string(),
      max: z.int(),
      holders: z.array(z.string()),
      waiting: z.int(),
      position: z.int().nullable(),
    })
    .nullable(),
  assignedTo: z.string().nullable(),
  retryAt: z.string().nullable(),
});
export type TaskWhyJson = z.infer<typeof TaskWhyJson>;

export const TaskListJson = z.strictObject({ tasks: z.array(TaskLine.strict()), nextCursor: z.string().nullable() });
export type TaskListJson = z.infer<typeof TaskListJson>;

/** A line of `task logs`. */
export const LogLineJson = z.strictObject({ attempt: z.int(), event: SessionEvent });
export type LogLineJson = z.infer<typeof LogLineJson>;

/** A line of `task watch` and `task submit --wait`: what it tells is known by its key. The last one is `task`. */
export const WatchLineJson = z.union([
  z.strictObject({ submitted: TaskSubmitJson }),
  z.strictObject({ history: TaskHistoryEntry }),
  z.strictObject({ why: TaskWhyJson }),
  LogLineJson,
  z.strictObject({ task: TaskView }),
]);
export type WatchLineJson = z.infer<typeof WatchLineJson>;
