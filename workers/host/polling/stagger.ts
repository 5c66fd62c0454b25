const AT_ONCE = 40;
const EVERY_MS = 10;

/**
 * Runs `step` for as long as it returns true, a batch at a time with a short breath between, so that a thousand polls do
 * not start in one tick.
 */
export class Stagger {
  readonly #step: () => boolean;
  #breath: { cancel(): void } | undefined;

  constructor(step: () => boolean) {
    this.#step = step;
  }

  /** Starts, unless it is under way. */
  kick(): void {
    if (!this.#breath) this.#batch();
  }

  stop(): void {
    this.#breath?.cancel();
    this.#breath = undefined;
  }

  #batch(): void {
    this.#breath = undefined;
    for (let n = 0; n < AT_ONCE; n++) if (!this.#step()) return;
    // A timer alone may be due again before any input was read, when the batch itself took that long.
    const immediate = setImmediate(() => {
      const timer = setTimeout(() => this.#batch(), EVERY_MS);
      this.#breath = { cancel: () => clearTimeout(timer) };
    });
    this.#breath = { cancel: () => clearImmediate(immediate) };
  }
}
