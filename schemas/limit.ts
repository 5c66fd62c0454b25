import { z } from 'zod';

/** A task that asks for one of the places of a key. `since`: when it was submitted, in epoch milliseconds. */
export const LimitAsker = z.object({
  taskId: z.string(),
  workflowId: z.string(),
  runId: z.string(),
  max: z.int().min(1),
  since: z.number(),
});
export type LimitAsker = z.infer<typeof LimitAsker>;

/** Those that have a place, and those that wait for one in the order in which they get it. */
export const LimitView = z.object({ holders: z.array(LimitAsker), waiting: z.array(LimitAsker) });
export type LimitView = z.infer<typeof LimitView>;
