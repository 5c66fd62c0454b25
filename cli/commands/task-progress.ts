import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { TaskProgressJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  percent?: number;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('--percent <N>', 'how much of it is done', wholeNumber(0, 100))
    .addHelpText(
      'after',
      '\nA claimed task is running from its first progress on. Say it now and then, not every second.\n',
    )
    .action((id: string, text: string, { percent, json }: Options) =>
      withColibri(async (colibri) => {
        await colibri.board.progress(id, { text, percent }, userName());
        const said = { id, text, percent: percent ?? null };
        await answer<TaskProgressJson>(said, json ? { json } : {}, () => `noted for ${id}\n`);
      }),
    );
}
