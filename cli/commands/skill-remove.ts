import type { Command } from 'commander';
import type { SkillRemoveJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { userName, withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((name: string, options: { json?: true }) =>
    withColibri(async (colibri) =>
      answer<SkillRemoveJson>(
        await colibri.skills.remove(name, { by: userName() }),
        options,
        (skill) => `removed ${skill.name}; tasks that have begun with it keep it\n`,
      ),
    ),
  );
}
