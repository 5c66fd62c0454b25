import type { Command } from 'commander';
import type { TaskShowJson } from '../json-shapes.ts';
import { renderMoved } from '../output/moved.ts';
import { answer } from '../output/print.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  on?: string;
  json?: true;
}

const NOTES = `
A task that has failed or was cancelled goes on from its record, under the same id. One that rests is tried at once.
`;

export function define(command: Command): void {
  command
    .option('--on <HOST>', 'the host that alone may run it from now on')
    .addHelpText('after', NOTES)
    .action((id: string, options: Options) =>
      withColibri(async (colibri) =>
        answer<TaskShowJson>(await colibri.board.retry(id, { on: options.on }, userName()), options, renderMoved),
      ),
    );
}
