/** A value that is asked for at most once in a while, however many want it. One that could not be had is asked for anew. */
export class Fresh<T> {
  readonly #ask: () => Promise<T>;
  readonly #forMs: number;
  #known: { at: number; value: Promise<T> } | undefined;

  constructor(ask: () => Promise<T>, forMs: number) {
    this.#ask = ask;
    this.#forMs = forMs;
  }

  get(): Promise<T> {
    const now = Date.now();
    if (this.#known === undefined || now - this.#known.at > this.#forMs) {
      const known = { at: now, value: this.#ask() };
      this.#known = known;
      known.value.catch(() => {
        if (this.#known === known) this.#known = undefined;
      });
    }
    return this.#known.value;
  }
}
