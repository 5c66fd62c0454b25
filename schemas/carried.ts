import { z } from 'zod';
import { TaskView } from './task-view.ts';

/**
 * What one run of a task's workflow hands to the next. `counted`: failures counted so far. `deaths`: attempts whose
 * worker was never heard of again. May only gain fields that need not be there.
 */
export const Carried = z.object({
  view: TaskView,
  counted: z.int().default(0),
  deaths: z.array(z.int()).default([]),
});
export type Carried = z.input<typeof Carried>;

/** A task that has ended, tried anew by `by`: it goes on from its record, with all its attempts before it. */
export function carriedForRetry(ended: TaskView, by: string, options: { at: Date; on?: string | undefined }): Carried {
  const { at, on } = options;
  const entry = {
    state: 'queued' as const,
    at: at.toISOString(),
    attempt: ended.attempt > 0 ? ended.attempt : null,
    host: null,
    reason: `tried anew by ${by}`,
    by,
  };
  return {
    view: {
      ...ended,
      state: 'queued',
      pinnedTo: on ?? ended.pinnedTo,
      endedAt: null,
      failure: null,
      // A skill that was mended meanwhile is what it is tried anew with.
      skillPin: null,
      assignedTo: null,
      limitedSince: null,
      retryAt: null,
      history: [...ended.history, entry],
    },
  };
}
