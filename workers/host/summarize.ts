import type { AttemptResult } from '../../schemas/attempt.ts';
import { formatDuration } from '../../schemas/duration.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import type { SaidReport } from './agent-report.ts';
import type { ProcessResult } from './run-process.ts';

type Ending = Pick<AttemptResult, 'outcome' | 'exitCode' | 'signal' | 'summary' | 'question' | 'until' | 'data'>;

/** Without a time of its own a limit is taken to be reset after this. */
const RESET_UNKNOWN_MS = 300_000;

/** How an attempt ended, as an outcome and one line: what the process did, and what the agent said of it. */
export function summarize(
  process: ProcessResult,
  input: Pick<RunAgentInput, 'timeoutMs' | 'silenceMs'>,
  { report: said, problem }: SaidReport,
): Ending {
  const { exitCode, signal, endedAt } = process;
  const took = formatDuration(Math.max(0, endedAt - process.startedAt));
  const told = { ...(said?.result !== undefined && { data: said.result }) };
  const ending = (outcome: AttemptResult['outcome'], summary: string): Ending => ({
    ...{ outcome, exitCode, signal, summary },
    ...told,
  });
  switch (process.ended) {
    case 'spawn-error':
      return ending('failed', `could not be started: ${process.error ?? 'unknown reason'}`);
    case 'timeout':
      return ending('timeout', `ended after its timeout of ${formatDuration(input.timeoutMs ?? 0)}`);
    case 'silent':
      return ending('silent', `ended because it said nothing for ${formatDuration(input.silenceMs ?? 0)}`);
    case 'cancelled':
    case 'fenced':
      return ending('cancelled', `ended on request after ${took}`);
    case 'exit':
      break;
  }
  const ended = signal !== null ? `killed by ${signal} after ${took}` : `exit code ${exitCode} after ${took}`;
  const how = problem === undefined ? ended : `${ended}; ${problem}`;
  switch (said?.outcome) {
    case 'needs-input': {
      const question = said.question ?? said.summary ?? 'it needs an answer, and did not say to what';
      return { ...ending('needs-input', said.summary ?? `it asks: ${question}`), question };
    }
    case 'rate-limited': {
      const until = said.until === undefined ? endedAt + RESET_UNKNOWN_MS : Date.parse(said.until);
      const summary = said.summary ?? `met a rate limit, reset at ${new Date(until).toISOString()}`;
      return { ...ending('rate-limited', summary), until };
    }
    case 'budget-exceeded': {
      const summary = said.summary ?? 'its budget is used up';
      return { ...ending('budget-exceeded', summary), question: `${summary}. Let it go on?` };
    }
    case undefined:
      return ending(signal === null && exitCode === 0 ? 'succeeded' : 'failed', said?.summary ?? how);
  }
}
