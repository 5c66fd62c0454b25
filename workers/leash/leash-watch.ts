const ASK_MS = 1_000;
const MAX_UNANSWERED = 5;

/**
 * Finds a leash that does not answer: stuck, or stopped. Questions are counted, not time: a worker that was stopped
 * itself, or a machine that slept, must not take its own absence for the leash's.
 */
export class LeashWatch {
  readonly #ask: () => void;
  readonly #onSilent: () => void;
  #timer: NodeJS.Timeout | undefined;
  #unanswered = 0;

  /**
   * @param ask asks for a sign of life
   * @param onSilent called when five questions in a row, a second apart, have brought none
   */
  constructor(ask: () => void, onSilent: () => void) {
    this.#ask = ask;
    this.#onSilent = onSilent;
  }

  start(): void {
    this.#timer ??= setInterval(() => this.#turn(), ASK_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#unanswered = 0;
  }

  /** A sign of life came, or there is another leash. */
  heard(): void {
    this.#unanswered = 0;
  }

  #turn(): void {
    if (this.#unanswered >= MAX_UNANSWERED) {
      this.#unanswered = 0;
      this.#onSilent();
      return;
    }
    this.#unanswered += 1;
    this.#ask();
  }
}
