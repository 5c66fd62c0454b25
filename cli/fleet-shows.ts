import { ColibriError } from '../client/errors.ts';
import { pause } from './follow.ts';

/** The fleet is told of a change by a signal, which takes moments. */
const HEARD_WITHIN_MS = 5_000;

/** Asks again while the fleet does not know the host yet. Throws `not-found` when it never does. */
export async function whenTheFleetShows<T>(ask: () => Promise<T>): Promise<T> {
  for (const deadline = Date.now() + HEARD_WITHIN_MS; ; ) {
    try {
      return await ask();
    } catch (error) {
      const isUnknown = error instanceof ColibriError && error.code === 'not-found';
      if (!isUnknown || Date.now() > deadline) throw error;
      await pause(100);
    }
  }
}

/** Waits until the fleet has let go of the host, for as long as that usually takes. */
export async function whenTheFleetForgot(ask: () => Promise<unknown>): Promise<void> {
  for (const deadline = Date.now() + HEARD_WITHIN_MS; Date.now() < deadline; await pause(100)) {
    try {
      await ask();
    } catch (error) {
      if (error instanceof ColibriError && error.code === 'not-found') return;
      throw error;
    }
  }
}
