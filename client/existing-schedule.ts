import { type Client, ScheduleNotFoundError } from '@temporalio/client';
import { ColibriError } from './errors.ts';
import { isNotFound } from './grpc-error.ts';
import { nearestHint } from './nearest-hint.ts';
import { scheduleNames } from './show-schedule.ts';

/** Throws `not-found` naming the nearest when there is no such schedule. */
export async function existing<T>(client: Client, name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError) && !isNotFound(error)) throw error;
    const hint = nearestHint(name, await scheduleNames(client), 'see `colibri schedule list`');
    throw new ColibriError('not-found', `there is no schedule "${name}"`, hint);
  }
}
