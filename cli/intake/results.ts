import type { Outcome } from '../../client/submit-many.ts';
import type { IntakeLineJson, IntakeSummaryJson } from '../json-shapes.ts';
import type { Checked } from './check.ts';
import type { Intake } from './read-intake.ts';

export type Status = IntakeLineJson['status'];

/** One task as written, and what became of it. */
export interface Result {
  checked: Checked;
  status: Status;
  error: Error | null;
}

/** A result for each task, before anything is submitted. */
export function resultsOf(intake: Intake, status: 'not-submitted' | 'would-submit'): Result[] {
  return intake.tasks.map((checked) => ({ checked, status: checked.task === null ? 'invalid' : status, error: null }));
}

export function setOutcome(result: Result, outcome: Outcome): void {
  result.status = outcome.status;
  result.error = 'error' in outcome ? outcome.error : null;
}

/** The id of a task that may be there; one that was not submitted has one only if it follows from its key. */
export function idOf({ checked: { task }, status }: Result): string | null {
  const sent = status !== 'not-submitted' && status !== 'would-submit';
  return task !== null && (sent || task.spec.key !== undefined) ? task.id : null;
}

export function lineJson(result: Result): IntakeLineJson {
  const { checked, status, error } = result;
  const { line, task, problems, warnings } = checked;
  const failure = error === null ? [] : [{ line, column: null, field: null, message: reasonOf(error) }];
  return {
    line,
    status,
    id: idOf(result),
    key: task?.spec.key ?? null,
    name: task?.name ?? null,
    requires: task?.requires ?? [],
    errors: [...problems, ...failure],
    warnings,
  };
}

/** What the server says, without what the SDK says around it. */
export function reasonOf(error: Error): string {
  const { cause } = error as { cause?: { details?: unknown } };
  return typeof cause?.details === 'string' && cause.details !== '' ? cause.details : error.message;
}

export function summaryJson(intake: Intake, results: readonly Result[], dryRun: boolean): IntakeSummaryJson {
  const count = (status: Status) => results.filter((result) => result.status === status).length;
  return {
    summary: {
      format: intake.format,
      dryRun,
      tasks: results.length,
      submitted: count('submitted'),
      existing: count('existing'),
      invalid: count('invalid'),
      failed: count('failed'),
      unsure: count('unsure'),
      notSubmitted: count('not-submitted'),
      leftOut: intake.leftOut,
    },
  };
}
