import { ApplicationFailure } from '@temporalio/workflow';
import type { AttemptResult } from '../schemas/attempt.ts';
import type { FailureCode } from '../schemas/failures.ts';
import { publish } from './publish-task.ts';
import { isTerminal } from './rules.ts';
import type { TaskRecord } from './task-record.ts';

/** Ends a task as failed, and gives the failure with which its workflow is to end. */
export function failed(record: TaskRecord, code: FailureCode, message: string, by?: string): ApplicationFailure {
  if (!isTerminal(record.view.state)) {
    record.end('failed', Date.now(), message, { failure: { code, message }, ...(by !== undefined && { by }) });
    publish(record);
  }
  return ApplicationFailure.create({ message, type: code, nonRetryable: true, details: [record.view.result] });
}

/** What an agent outside says of the attempt it holds, as a host would. */
export function outsideResult(
  { view }: TaskRecord,
  said: Pick<AttemptResult, 'outcome' | 'summary'> & Partial<Pick<AttemptResult, 'data' | 'question'>>,
): AttemptResult {
  return {
    attempt: view.attempt,
    host: null,
    agent: view.agent ?? '',
    sessionId: view.sessionId ?? '',
    exitCode: null,
    signal: null,
    tail: [],
    startedAt: Date.parse(view.startedAt ?? view.claimedAt ?? view.submittedAt),
    endedAt: Date.now(),
    output: { bytes: 0, events: 0, liveCapped: false, transcriptCapped: false },
    ...said,
  };
}
