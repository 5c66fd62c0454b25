import { ApplicationFailure, log } from '@temporalio/workflow';
import type { z } from 'zod';
import { InvalidInput, parseOrThrow } from '../schemas/parse.ts';

/**
 * What a signal carries, or undefined when it cannot be read: anyone who reaches the server can send one, and an error in
 * its handler would fail every later task of the workflow, for good.
 */
export function readSignal<T extends z.ZodType>(schema: T, value: unknown, signal: string): z.output<T> | undefined {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  log.warn('signal ignored: it cannot be read', { signal, error: parsed.error.message });
  return undefined;
}

/** For validators of updates: refuses, as type `invalid`, what the schema does not read. */
export function refuseUnreadable(schema: z.ZodType, value: unknown, update: string): void {
  try {
    parseOrThrow(schema, value, update);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw ApplicationFailure.create({ type: 'invalid', message: error.message, nonRetryable: true });
  }
}
