import { ApplicationFailure } from '@temporalio/workflow';

/** An update is refused, and would be refused again: its message says what to do. */
export function refusal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
