const LONGEST_TIMER_MS = 2 ** 31 - 1;
/** How finely silence is measured: so many looks within the time allowed. */
const LOOKS = 20;

/** A timer that may be longer than the 24.8 days that Node's own can count. */
export function startTimer(ms: number, onTime: () => void): () => void {
  const dueMs = performance.now() + ms;
  let timer: NodeJS.Timeout;
  const arm = () => {
    const leftMs = dueMs - performance.now();
    timer = leftMs > 0 ? setTimeout(arm, Math.min(leftMs, LONGEST_TIMER_MS)) : setTimeout(onTime, 0);
  };
  arm();
  return () => clearTimeout(timer);
}

/** Watches that something is heard from time to time. Hearing costs nothing, however often: the clock is looked at apart. */
export class SilenceWatch {
  readonly #limitMs: number | undefined;
  readonly #onSilent: () => void;
  #heard = false;
  #lastMs = 0;
  #timer: NodeJS.Timeout | undefined;

  /** Without a limit nothing is watched. */
  constructor(limitMs: number | undefined, onSilent: () => void) {
    this.#limitMs = limitMs;
    this.#onSilent = onSilent;
  }

  begin(): void {
    const limitMs = this.#limitMs;
    if (limitMs === undefined) return;
    this.#lastMs = performance.now();
    this.#timer = setInterval(
      () => {
        const now = performance.now();
        if (this.#heard) this.#lastMs = now;
        this.#heard = false;
        if (now - this.#lastMs < limitMs) return;
        this.stop();
        this.#onSilent();
      },
      Math.min(limitMs / LOOKS, LONGEST_TIMER_MS),
    );
  }

  heard(): void {
    this.#heard = true;
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
