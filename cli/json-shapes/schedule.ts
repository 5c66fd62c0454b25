import { z } from 'zod';
import { ScheduleLine, ScheduleView } from '../../schemas/schedule-view.ts';

/** `schedule create`, `show`, `pause`, `resume`. */
export const ScheduleShowJson = ScheduleView.strict();
export type ScheduleShowJson = z.infer<typeof ScheduleShowJson>;

export const ScheduleListJson = z.strictObject({ schedules: z.array(ScheduleLine.strict()) });
export type ScheduleListJson = z.infer<typeof ScheduleListJson>;

/** `started`: false when it waits for the end of the one that runs. */
export const ScheduleTriggerJson = z.strictObject({ taskId: z.string(), started: z.boolean() });
export type ScheduleTriggerJson = z.infer<typeof ScheduleTriggerJson>;

export const ScheduleDeleteJson = z.strictObject({ name: z.string(), deleted: z.literal(true) });
export type ScheduleDeleteJson = z.infer<typeof ScheduleDeleteJson>;
