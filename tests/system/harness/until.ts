import { setTimeout as delay } from 'node:timers/promises';

/**
 * Waits for what cannot be awaited as an event. Resolves with the first value that is neither undefined, null nor
 * false; throws with the sentence, and what was last seen to go wrong, when that takes longer than `withinMs`.
 */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  { withinMs = 30_000, everyMs = 50 } = {},
): Promise<NonNullable<Exclude<T, false>>> {
  const deadline = performance.now() + withinMs;
  let trouble: unknown;
  for (;;) {
    try {
      const seen = await look();
      if (seen !== undefined && seen !== null && seen !== false) return seen as NonNullable<Exclude<T, false>>;
      trouble = undefined;
    } catch (error) {
      trouble = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`not within ${withinMs} ms: ${what}`, trouble === undefined ? undefined : { cause: trouble });
    }
    await delay(everyMs);
  }
}
