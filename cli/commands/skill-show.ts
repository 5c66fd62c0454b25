import type { Command } from 'commander';
import type { SkillShowJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderSkill } from '../output/skill.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((name: string, options: { json?: true }) =>
    withColibri(async (colibri) => answer<SkillShowJson>(await colibri.skills.show(name), options, renderSkill)),
  );
}
