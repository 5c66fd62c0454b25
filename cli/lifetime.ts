import type { Logger } from 'pino';

const EXIT_CODES = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
const GONE_WITHIN_MS = 5_000;
type StopSignal = keyof typeof EXIT_CODES;

/**
 * Runs a long-running part until it is asked to stop. The first SIGINT, SIGTERM or SIGHUP aborts `signal`, and the
 * part ends in its own order; a second one ends the process at once.
 */
export async function untilStopped(log: Logger, run: (signal: AbortSignal) => Promise<void>): Promise<void> {
  const stopping = new AbortController();
  const onSignal = (signal: NodeJS.Signals) => {
    if (stopping.signal.aborted) process.exit(EXIT_CODES[signal as StopSignal]);
    log.info(`${signal}: stopping; once more to stop at once`);
    stopping.abort(new Stopped(signal));
  };
  const signals = Object.keys(EXIT_CODES) as StopSignal[];
  for (const signal of signals) process.on(signal, onSignal);
  try {
    await run(stopping.signal);
  } catch (error) {
    if (!(error instanceof Stopped)) throw error;
  } finally {
    for (const signal of signals) process.removeListener(signal, onSignal);
    // Whatever still holds the process after its parts have stopped: a service that is over must be gone.
    setTimeout(() => process.exit(), GONE_WITHIN_MS).unref();
  }
}

/** Resolves when the part is asked to stop, or rejects with what `ended` rejects with, should that be first. */
export async function stopOr(signal: AbortSignal, ended: Promise<unknown>): Promise<void> {
  if (signal.aborted) return;
  await Promise.race([
    ended,
    new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true })),
  ]);
}

/** The reason of an abort by a signal. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}
