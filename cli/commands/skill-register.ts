import type { Command } from 'commander';
import type { SkillRegisterJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderRegistered } from '../output/skill.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  by?: string;
  json?: true;
}

const NOTES = `
The folder holds SKILL.md, with its front matter as in the Agent Skills format, and all files that the skill needs; it has
the skill's name. Under metadata, colibri-requires has the tags that a host needs, colibri-entry the program to run.
`;

export function define(command: Command): void {
  command
    .option('--by <NAME>', 'who registers it (default: your user name)')
    .addHelpText('after', NOTES)
    .action((folder: string, options: Options) =>
      withColibri(async (colibri) =>
        answer<SkillRegisterJson>(
          await colibri.skills.register(folder, { by: options.by ?? userName() }),
          options,
          renderRegistered,
        ),
      ),
    );
}
