import { ApplicationFailure } from '@temporalio/common';

/** Fails a task for good, because of what it says. */
export function invalid(what: string): ApplicationFailure {
  return ApplicationFailure.create({
    type: 'invalid',
    message: `the task is not valid: ${what}`,
    nonRetryable: true,
  });
}
