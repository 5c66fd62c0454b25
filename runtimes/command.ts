import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Skill } from '../workers/skills.ts';
import type { Launch, LaunchContext, Runtime } from './runtime.ts';

/** Any program, started as it is given; with a skill that has an entry, that one, and the command is its arguments. */
export const command: Runtime = {
  name: 'command',
  prepare({ input, skill }: LaunchContext): Launch {
    if (skill !== null && skill.entry !== null) return { command: [...startOf(skill, skill.entry), ...input.command] };
    if (input.command.length === 0) throw new Error('there is no command to run, and no entry of a skill');
    if (input.shell) return { command: ['/bin/sh', '-c', input.command.join(' ')] };
    return { command: input.command };
  },
};

/** Scripts for Node run with the host's own, which is there even when PATH has none. */
function startOf(skill: Skill, entry: string): string[] {
  const path = join(skill.folder, entry);
  if (/\.[cm]?js$/.test(entry)) return [process.execPath, path];
  // Installing a package may have taken the mark from a script.
  if (entry.endsWith('.sh') && (statSync(path).mode & 0o111) === 0) return ['/bin/sh', path];
  return [path];
}
