/**
 * Why an attempt or a task did not succeed: one closed list. `counted` says whether the attempt counts against the
 * task's `maxAttempts`, `retried` whether another attempt may follow, `says` what a person should make of it.
 */
export const FAILURES = {
  'agent-error': {
    counted: true,
    retried: true,
    says: 'the agent ended with an error: read its output with `colibri task logs`',
  },
  timeout: { counted: true, retried: true, says: 'the agent ran longer than its timeout and was ended' },
  'host-lost': {
    counted: false,
    retried: true,
    says: 'the host stopped answering; the task goes to another capable host',
  },
  invalid: {
    counted: false,
    retried: false,
    says: 'the task was not valid: correct the named field and submit it again',
  },
  cancelled: { counted: false, retried: false, says: 'the task was cancelled' },
} as const satisfies Record<string, FailureRule>;

interface FailureRule {
  counted: boolean;
  retried: boolean;
  says: string;
}

export type FailureCode = keyof typeof FAILURES;
export const FAILURE_CODES = Object.keys(FAILURES) as [FailureCode, ...FailureCode[]];
