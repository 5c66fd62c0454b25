import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import type { TaskEnd } from '../schemas/plan-state.ts';

/** What a task that is done returned, as its plan needs it. What cannot be read is left out. */
export function endOfResult(result: unknown): TaskEnd {
  return { state: 'done', summary: summaryIn(result) ?? 'done', result: resultIn(result) };
}

/** How a task ended that is not done; `cause` is what its workflow ended with. */
export function endOfFailure(cause: unknown): TaskEnd {
  if (cause instanceof CancelledFailure) return { state: 'cancelled', summary: 'cancelled', result: null };
  if (cause instanceof TerminatedFailure) {
    return { state: 'cancelled', summary: 'its workflow was terminated', result: null };
  }
  if (cause instanceof TimeoutFailure) return { state: 'failed', summary: 'its workflow timed out', result: null };
  if (cause instanceof ApplicationFailure) {
    const code = cause.type && cause.type !== 'Error' ? `${cause.type}: ` : '';
    return { state: 'failed', summary: `${code}${cause.message}`, result: resultIn(cause.details?.[0]) };
  }
  return { state: 'failed', summary: cause instanceof Error ? cause.message : 'failed', result: null };
}

function resultIn(result: unknown): TaskEnd['result'] {
  if (typeof result !== 'object' || result === null) return null;
  const { exitCode, tail, data } = result as Record<string, unknown>;
  return {
    exitCode: Number.isInteger(exitCode) ? (exitCode as number) : null,
    tail: Array.isArray(tail) ? tail.filter((line): line is string => typeof line === 'string') : [],
    data: data ?? null,
  };
}

function summaryIn(result: unknown): string | undefined {
  const summary = (result as { summary?: unknown } | null)?.summary;
  return typeof summary === 'string' ? summary : undefined;
}
