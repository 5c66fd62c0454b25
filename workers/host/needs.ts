import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type NeedResult, type Needs, variablePart } from '../../schemas/needs.ts';

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
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const variables: Record<string, string> = { COLIBRI_NEEDS_DIR: folder };
  let room = MAX_ALL_BYTES;
  for (const [name, result] of results) {
    writeFileSync(join(folder, `${name}.json`), `${JSON.stringify(result)}\n`, { mode: 0o600 });
    const value = shortOf(result);
    const bytes = Buffer.byteLength(value);
    // The operating system knows no NUL in a variable.
    if (bytes > Math.min(MAX_VALUE_BYTES, room) || value.includes('\0')) continue;
    room -= bytes;
    variables[`COLIBRI_NEED_${variablePart(name)}`] = value;
  }
  return variables;
}

/** A result as one text: what the task reported, else the last line of its output that is not blank. */
function shortOf({ data, tail }: NeedResult): string {
  if (typeof data === 'string') return data;
  if (data !== null && data !== undefined) return JSON.stringify(data);
  return tail.findLast((line) => line.trim() !== '') ?? '';
}
