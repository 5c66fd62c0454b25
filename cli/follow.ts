import type { Colibri } from '../client/colibri.ts';
import type { LogEvent } from '../client/logs.ts';
import { expected } from './errors.ts';

/** Time between two tries to reach a server that went away. */
const AGAIN_MS = 1_000;

export interface Outage {
  /** Told once, when the server or the control worker stops answering. */
  away(message: string): Promise<void>;
  /** Told once it answers again. */
  back(): Promise<void>;
}

/** Tries for as long as it takes while what we talk to is away; any other error is thrown. */
export async function throughOutages<T>(work: () => Promise<T>, outage: Outage): Promise<T> {
  for (let told = false; ; ) {
    try {
      const result = await work();
      if (told) await outage.back();
      return result;
    } catch (error) {
      const known = expected(error);
      if (known?.code !== 'unreachable') throw error;
      if (!told) await outage.away(known.message);
      told = true;
      await pause(AGAIN_MS);
    }
  }
}

/** The output of a task until it ends, each event once, in order, over outages of the server. */
export async function* followLogs(
  colibri: Colibri,
  id: string,
  options: { attempt?: number },
  outage: Outage,
): AsyncGenerator<LogEvent, void> {
  let last = { attempt: 0, n: 0 };
  let events = colibri.logs(id, { ...options, follow: true });
  for (;;) {
    const next = await throughOutages(async () => {
      try {
        return await events.next();
      } catch (error) {
        // A generator that threw is over: another begins anew, and what was given already is left out below.
        events = colibri.logs(id, { ...options, follow: true });
        throw error;
      }
    }, outage);
    if (next.done) return;
    const { attempt, event } = next.value;
    if (attempt < last.attempt || (attempt === last.attempt && event.n <= last.n)) continue;
    last = { attempt, n: event.n };
    yield next.value;
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
