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
    // A clock that was set back would make it last for long.
    if (this.#known && now >= this.#known.at && now - this.#known.at <= this.#forMs) return this.#known.value;
    return this.anew();
  }

  /** Asked for now, whatever is known. */
  anew(): Promise<T> {
    const known = { at: Date.now(), value: this.#ask() };
    this.#known = known;
    known.value.catch(() => {
      if (this.#known === known) this.#known = undefined;
    });
    return known.value;
  }

  /** What is known holds no more. */
  forget(): void {
    this.#known = undefined;
  }
}
