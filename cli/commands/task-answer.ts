import type { Command } from 'commander';
import type { TaskShowJson } from '../json-shapes.ts';
import { renderMoved } from '../output/moved.ts';
import { answer } from '../output/print.ts';
import { userName, withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nIts agent reads the answer in COLIBRI_ANSWER, or in `colibri task show`, and goes on.\n')
    .action((id: string, text: string, options: { json?: true }) =>
      withColibri(async (colibri) =>
        answer<TaskShowJson>(await colibri.board.answer(id, text, userName()), options, renderMoved),
      ),
    );
}
