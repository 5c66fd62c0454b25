/** What can go wrong for a user of Colibri: one closed list. `exitCode` is the command line's, `httpStatus` the web's. */
export const ERRORS = {
  failed: { exitCode: 1, httpStatus: 500 },
  invalid: { exitCode: 2, httpStatus: 400 },
  'not-found': { exitCode: 3, httpStatus: 404 },
  refused: { exitCode: 4, httpStatus: 409 },
  unreachable: { exitCode: 5, httpStatus: 503 },
} as const;
export type ErrorCode = keyof typeof ERRORS;

/** An expected error, with a sentence that says what to do next. Nothing has been changed when it is thrown. */
export class ColibriError extends Error {
  override readonly name = 'ColibriError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, hint?: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
    this.hint = hint;
  }

  get exitCode(): number {
    return ERRORS[this.code].exitCode;
  }
}
