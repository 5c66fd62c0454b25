import { z } from 'zod';
import { PlanState, PlanTaskView, PlanView } from '../../schemas/plan-view.ts';
import { TaskState } from '../../schemas/task-state.ts';

/** `plan submit`, `plan retry`. */
export const PlanSubmitJson = z.strictObject({
  id: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  tasks: z.int(),
});
export type PlanSubmitJson = z.infer<typeof PlanSubmitJson>;

/** `plan submit --dry-run`. */
export const PlanValidJson = z.strictObject({ valid: z.literal(true), tasks: z.int() });
export type PlanValidJson = z.infer<typeof PlanValidJson>;

const PlanTaskJson = PlanTaskView.extend({ boardState: TaskState.nullable(), host: z.string().nullable() }).strict();

/** `plan show`, and `plan cancel` once it is done. */
export const PlanShowJson = PlanView.extend({ tasks: z.array(PlanTaskJson) }).strict();
export type PlanShowJson = z.infer<typeof PlanShowJson>;

/** A line of `plan watch` and `plan submit --wait`. The last one is `plan`. */
export const PlanWatchLineJson = z.union([
  z.strictObject({ submitted: PlanSubmitJson }),
  z.strictObject({ task: PlanTaskJson }),
  z.strictObject({ plan: PlanShowJson }),
]);
export type PlanWatchLineJson = z.infer<typeof PlanWatchLineJson>;

export const PlanListJson = z.strictObject({
  plans: z.array(
    z.strictObject({
      id: z.string(),
      workflowId: z.string(),
      runId: z.string(),
      name: z.string(),
      state: PlanState,
      total: z.int().nullable(),
      done: z.int().nullable(),
      submittedAt: z.string(),
      endedAt: z.string().nullable(),
    }),
  ),
});
export type PlanListJson = z.infer<typeof PlanListJson>;
