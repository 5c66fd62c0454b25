import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Needs, needText, variablePart } from '../../schemas/needs.ts';

/** Longest value of one variable, and of all together: a process is given only so much, and its own come first. */
const MAX_VALUE_BYTES = 8 * 1024;
const MAX_ALL_BYTES = 64 * 1024;

/**
 * Hands over to an agent the results of the tasks that its own needed: each as `<folder>/<name>.json`, readable by the owner
 * alone. Returns the variables that tell of them: COLIBRI_NEEDS_DIR, and for each COLIBRI_NEED_<NAME>, unless it is too long.
 * None when nothing was needed.
 */
export function handOver(needs: Needs, folder: string): Record<string, string> {
  const results = Object.entries(needs);
  if (results.length === 0) return {};
  writeNeeds(needs, folder);
  const variables: Record<string, string> = { COLIBRI_NEEDS_DIR: folder };
  let room = MAX_ALL_BYTES;
  for (const [name, result] of results) {
    const value = needText(result);
    const bytes = Buffer.byteLength(value);
    // The operating system knows no NUL in a variable.
    if (bytes > Math.min(MAX_VALUE_BYTES, room) || value.includes('\0')) continue;
    room -= bytes;
    variables[`COLIBRI_NEED_${variablePart(name)}`] = value;
  }
  return variables;
}

/** Writes each result as `<folder>/<name>.json`, readable by the owner alone, and gives the files' paths. */
export function writeNeeds(needs: Needs, folder: string): string[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return Object.entries(needs).map(([name, result]) => {
    const path = join(folder, `${name}.json`);
    writeFileSync(path, `${JSON.stringify(result)}\n`, { mode: 0o600 });
    // One that was there before keeps its mode.
    chmodSync(path, 0o600);
    return path;
  });
}
