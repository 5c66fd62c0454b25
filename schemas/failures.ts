/**
 * What an attempt waits for before the next: the task's `retryDelay`, growing with each counted failure; the lock delay
 * after a lost lease; the time at which a limit is reset; somebody's answer; nothing, because no other follows.
 */
export type RetryWait = 'retry-delay' | 'lock-delay' | 'reset' | 'answer' | 'never';

/**
 * Why an attempt or a task did not succeed: one closed list. `counted`: whether the attempt counts against the task's
 * `maxAttempts`. `retried`: whether another may follow. `wait`: for what that one waits. `exitCode`: of a command that
 * waited for a task which failed so. `says`: what a person should make of it.
 */
export const FAILURES = {
  'agent-error': {
    counted: true,
    retried: true,
    wait: 'retry-delay',
    exitCode: 1,
    says: 'the agent ended with an error: read its output with `colibri task logs`',
  },
  timeout: {
    counted: true,
    retried: true,
    wait: 'retry-delay',
    exitCode: 1,
    says: 'it took longer than its timeout and was ended',
  },
  silent: {
    counted: true,
    retried: true,
    wait: 'retry-delay',
    exitCode: 1,
    says: 'the agent said nothing for so long that it was taken to be stuck, and was ended',
  },
  'host-lost': {
    counted: false,
    retried: true,
    wait: 'lock-delay',
    exitCode: 1,
    says: 'the host stopped answering; the task goes to another capable host',
  },
  'rate-limited': {
    counted: false,
    retried: true,
    wait: 'reset',
    exitCode: 1,
    says: 'its account has met a limit; it goes on by itself when that is reset',
  },
  'needs-input': {
    counted: false,
    retried: true,
    wait: 'answer',
    exitCode: 1,
    says: 'the agent asks something: answer with `colibri task answer`',
  },
  'budget-exceeded': {
    counted: false,
    retried: true,
    wait: 'answer',
    exitCode: 1,
    says: 'its budget is used up: let it go on with `colibri task answer`, or cancel it',
  },
  invalid: {
    counted: false,
    retried: false,
    wait: 'never',
    exitCode: 2,
    says: 'the task was not valid: correct the named field and submit it again',
  },
  cancelled: { counted: false, retried: false, wait: 'never', exitCode: 1, says: 'the task was cancelled' },
  poisoned: {
    counted: false,
    retried: false,
    wait: 'never',
    exitCode: 1,
    says: 'three workers in a row died while they ran it, so it was set aside: find out why, then `colibri task retry`',
  },
} as const satisfies Record<string, FailureRule>;

interface FailureRule {
  counted: boolean;
  retried: boolean;
  wait: RetryWait;
  exitCode: number;
  says: string;
}

export type FailureCode = keyof typeof FAILURES;
export const FAILURE_CODES = Object.keys(FAILURES) as [FailureCode, ...FailureCode[]];

/** A task that so many workers died of is set aside. */
export const POISONED_AFTER = 3;
