import { ApplicationFailure, ensureTemporalFailure } from '@temporalio/common';
import type { FailureSpec } from './types.ts';

/** The error to send. One given by its parts gets no stack: where this host made it up helps nobody in a history. */
export function failureOf(failure: FailureSpec | Error): Error {
  if (failure instanceof Error) return ensureTemporalFailure(failure);
  const { type, message, nonRetryable, nextRetryDelayMs, details } = failure;
  const error = ApplicationFailure.create({
    type,
    message,
    nonRetryable: nonRetryable ?? false,
    details: details ? [...details] : [],
    ...(nextRetryDelayMs === undefined ? {} : { nextRetryDelay: nextRetryDelayMs }),
  });
  error.stack = '';
  return error;
}
