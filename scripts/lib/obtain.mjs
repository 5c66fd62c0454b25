// Gets a program into the shared cache by the first of several ways that works.
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cacheDir, makeTempDir } from './cache.mjs';
import { withLock } from './lock.mjs';
import { SetupError } from './run.mjs';

/**
 * @template {string} Source
 * @typedef {{ source: Source, title: string, get: (temp: string, update: (detail: string) => void) => Promise<string> }} Way
 * `get` puts the program in place, working in `temp` until the last rename, and gives its path.
 */

/**
 * @template {string} Source
 * @template Found
 * @param {{ name: string, env: NodeJS.ProcessEnv, progress: import('./progress.mjs').Progress, signal?: AbortSignal,
 *   find: () => Found | null | Promise<Found | null>, ways: readonly Way<Source>[], advice: string }} options
 * @returns {Promise<Found | { path: string, source: Source }>}
 */
export async function obtain({ name, env, progress, signal, find, ways, advice }) {
  const cache = cacheDir(env);
  const onWait = (/** @type {number | null} */ pid) =>
    progress.note(`waiting for another set-up${pid ? ` (process ${pid})` : ''} to finish`);
  return withLock(
    join(cache, 'locks', name.replaceAll(/\W+/g, '-')),
    async () => {
      // Whoever held the lock before us may have brought it.
      const found = await find();
      if (found) return found;
      const temp = makeTempDir(cache);
      /** @type {string[]} */
      const reasons = [];
      try {
        for (const { source, title, get } of ways) {
          try {
            return { path: await progress.step(title, (update) => get(temp, update)), source };
          } catch (error) {
            if (signal?.aborted) throw error;
            reasons.push(`${source}: ${/** @type {Error} */ (error).message}`);
            progress.note(`${reasons.at(-1)}`);
          }
        }
        throw new SetupError(`${name} is missing (${reasons.join('; ')}): ${advice}`);
      } finally {
        rmSync(temp, { recursive: true, force: true });
      }
    },
    { signal, onWait },
  );
}
