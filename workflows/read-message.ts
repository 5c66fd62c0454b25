import { ApplicationFailure, log } from '@temporalio/workflow';
import { InvalidInput, type Reader } from './rules.ts';

/**
 * What a signal carries, or undefined when it cannot be read: anyone who reaches the server can send one, and an error in
 * its handler would fail every later task of the workflow, for good.
 */
export function readSignal<T>(read: Reader<T>, value: unknown, signal: string): T | undefined {
  try {
    return read(value);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    log.warn('signal ignored: it cannot be read', { signal, error: error.message });
    return undefined;
  }
}

/** For validators of updates: refuses, as type `invalid`, what cannot be read. */
export function refuseUnreadable(read: Reader<unknown>, value: unknown): void {
  try {
    read(value);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw ApplicationFailure.create({ type: 'invalid', message: error.message, nonRetryable: true });
  }
}
