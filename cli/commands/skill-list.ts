import type { Command } from 'commander';
import type { SkillListJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderSkillList } from '../output/skill.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((options: { json?: true }) =>
    withColibri(async (colibri) =>
      answer<SkillListJson>({ skills: await colibri.skills.list() }, options, ({ skills }, context) =>
        renderSkillList(skills, context),
      ),
    ),
  );
}
