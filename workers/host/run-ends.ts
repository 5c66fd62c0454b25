/** The means to end the runs of a host before their time, so that their tasks are given back. */
export class RunEnds {
  readonly #ends = new Set<AbortController>();
  #forGood: string | undefined;

  /** Runs `run` with a signal that {@link endAll} aborts. */
  async during<T>(run: (ended: AbortSignal) => Promise<T>): Promise<T> {
    const end = new AbortController();
    if (this.#forGood !== undefined) end.abort(this.#forGood);
    this.#ends.add(end);
    try {
      return await run(end.signal);
    } finally {
      this.#ends.delete(end);
    }
  }

  /** Ends all that runs, and with `andLater` whatever still begins. Returns how many it ended. */
  endAll(reason: string, { andLater = false }: { andLater?: boolean } = {}): number {
    if (andLater) this.#forGood = reason;
    const running = [...this.#ends].filter(({ signal }) => !signal.aborted);
    for (const end of running) end.abort(reason);
    return running.length;
  }
}
