/** Milliseconds before try number `attempt` (from 1): doubling from 100 ms to at most 5 s, of which the upper half is random. */
export function backoffMs(attempt: number): number {
  const full = Math.min(5_000, 100 * 2 ** Math.min(attempt - 1, 10));
  return full * (0.5 + Math.random() / 2);
}

/** Resolves after `ms`, or at once when `signal` aborts; never rejects. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal?.addEventListener('abort', done, { once: true });
  });
}
