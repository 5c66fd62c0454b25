import { formatDuration } from '../../schemas/duration.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import type { AttemptResult } from '../../schemas/task.ts';
import type { ProcessResult } from './run-process.ts';

type Ending = Pick<AttemptResult, 'outcome' | 'exitCode' | 'signal' | 'summary'>;

/** How a process ended, as an outcome and one line. */
export function summarize(process: ProcessResult, input: Pick<RunAgentInput, 'timeoutMs'>): Ending {
  const { exitCode, signal } = process;
  const took = formatDuration(Math.max(0, process.endedAt - process.startedAt));
  const ending = (outcome: AttemptResult['outcome'], summary: string): Ending => ({
    outcome,
    exitCode,
    signal,
    summary,
  });
  switch (process.ended) {
    case 'spawn-error':
      return ending('failed', `could not be started: ${process.error ?? 'unknown reason'}`);
    case 'timeout':
      return ending('timeout', `ended after its timeout of ${formatDuration(input.timeoutMs ?? 0)}`);
    case 'cancelled':
    case 'fenced':
      return ending('cancelled', `ended on request after ${took}`);
    case 'exit':
      if (signal !== null) return ending('failed', `killed by ${signal} after ${took}`);
      if (exitCode === 0) return ending('succeeded', `exit code 0 after ${took}`);
      return ending('failed', `exit code ${exitCode} after ${took}`);
  }
}
