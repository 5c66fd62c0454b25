import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/**
 * The compiled program of the leash: beside this module in a built package; in `dist` when this runs from its
 * sources, since Node 20 runs no TypeScript.
 */
export function leashProgram(): string {
  const fromSources = import.meta.url.endsWith('.ts');
  const url = new URL(fromSources ? '../../dist/workers/leash/main.js' : './main.js', import.meta.url);
  const path = fileURLToPath(url);
  if (!existsSync(path)) throw new Error(`the leash is not built (no ${path}): run npm run build`);
  return path;
}
