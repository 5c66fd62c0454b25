const AT_ONCE = 40;
const EVERY_MS = 10;

/**
 * Runs `step` for as long as it returns true, a batch at a time with a short breath between, so that a thousand polls do
 * not start in one tick.
 */
export class Stagger {
  readonly #step: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  constructor(step: () => boolean) {
    this.#step = step;
  }

  /** Starts, unless it is under way. */
  kick(): void {
    if (this.#timer === undefined) this.#batch();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #batch(): void {
    this.#timer = undefined;
    for (let n = 0; n < AT_ONCE; n++) if (!this.#step()) return;
    this.#timer = setTimeout(() => this.#batch(), EVERY_MS);
  }
}
