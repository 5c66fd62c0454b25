/** Why the embedded server could not be started; the message is one sentence that says what to do. */
export type ServerErrorCode =
  | 'port-in-use'
  | 'binary-missing'
  | 'database-unusable'
  | 'database-in-use'
  | 'did-not-start'
  | 'ended-early';

export class EmbeddedServerError extends Error {
  override readonly name = 'EmbeddedServerError';
  readonly code: ServerErrorCode;

  constructor(code: ServerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
