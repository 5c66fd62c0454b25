import { join } from 'node:path';
import type { Launch, LaunchContext, Runtime } from './runtime.ts';

/** Any program, started as it is given; with a skill, the skill's entry script. */
export const command: Runtime = {
  name: 'command',
  prepare({ input, skill }: LaunchContext): Launch {
    if (skill !== null) {
      if (skill.entry === null)
        throw new Error(`the skill ${skill.name} has no entry script to run (metadata colibri-entry)`);
      return { command: [process.execPath, join(skill.folder, skill.entry), ...input.command] };
    }
    if (input.shell) return { command: ['/bin/sh', '-c', input.command.join(' ')] };
    return { command: input.command };
  },
};
