/** A step of the demo that did not come true; the message says which, and what was seen instead. */
export class DemoFailure extends Error {
  override readonly name = 'DemoFailure';
  /** Lines that help to find out why: the last log lines of a part, say. */
  readonly evidence: readonly string[];

  constructor(message: string, evidence: readonly string[] = []) {
    super(message);
    this.evidence = evidence;
  }
}
