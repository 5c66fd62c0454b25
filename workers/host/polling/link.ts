import { backoffMs, pause } from './backoff.ts';

export type LinkState = 'up' | 'down';

/** An outage that follows another this soon goes on with its backoff instead of starting over. */
const SETTLED_AFTER_MS = 5_000;

/**
 * Whether the server answers. One prober asks for all: when a server goes, a thousand polls fail at once, and a thousand
 * separate retries would greet it when it comes back.
 */
export class Link {
  #state: LinkState = 'up';
  #upSince = 0;
  #attempt = 0;
  #waiting: (() => void)[] = [];
  readonly #probe: () => Promise<unknown>;
  readonly #onChange: (state: LinkState, error?: unknown) => void;
  readonly #closed = new AbortController();

  constructor(probe: () => Promise<unknown>, onChange: (state: LinkState, error?: unknown) => void) {
    this.#probe = probe;
    this.#onChange = onChange;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** A call was answered. */
  answered(): void {
    if (this.#state === 'up') return;
    this.#state = 'up';
    this.#upSince = performance.now();
    this.#onChange('up');
    for (const wake of this.#waiting.splice(0)) wake();
  }

  /** A call found nobody. */
  failed(error: unknown): void {
    if (this.#state === 'down' || this.#closed.signal.aborted) return;
    this.#state = 'down';
    if (performance.now() - this.#upSince > SETTLED_AFTER_MS) this.#attempt = 0;
    this.#onChange('down', error);
    void this.#keepProbing();
  }

  /** Resolves when the server answers again, at once if it does; never once the link is closed in an outage. */
  whenUp(): Promise<void> {
    if (this.#state === 'up') return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  close(): void {
    this.#closed.abort();
    this.#waiting = [];
  }

  async #keepProbing(): Promise<void> {
    while (this.#state === 'down' && !this.#closed.signal.aborted) {
      this.#attempt += 1;
      await pause(backoffMs(this.#attempt), this.#closed.signal);
      if (this.#closed.signal.aborted) return;
      // The probe reports through answered(); its failure only means: later again.
      await this.#probe().catch(() => undefined);
    }
  }
}
