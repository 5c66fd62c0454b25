import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../workers/version.ts';

const PLACE = /@([A-Z_]+)@/g;

/**
 * A file of deploy/ with values in its places. A line with a place whose value is null is left out. Throws when a place
 * has no value, or a value would begin another line.
 */
export function fillTemplate(file: string, values: Readonly<Record<string, string | null>>): string {
  const template = readFileSync(join(packageRoot, 'deploy', file), 'utf8');
  const lines = template.split('\n').flatMap((line) => {
    let dropped = false;
    const filled = line.replace(PLACE, (_, name: string) => {
      const value = values[name];
      if (value === undefined) throw new Error(`${file}: nothing to put in place of ${name}`);
      if (value?.includes('\n')) throw new Error(`${file}: ${name} has more than one line`);
      dropped ||= value === null;
      return value ?? '';
    });
    return dropped ? [] : [filled];
  });
  return lines.join('\n');
}
