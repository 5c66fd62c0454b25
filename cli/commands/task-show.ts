import type { Command } from 'commander';
import type { TaskShowJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderTask } from '../output/task.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((id: string, options: { json?: true }) =>
    withColibri(async (colibri) => answer<TaskShowJson>(await colibri.show(id), options, renderTask)),
  );
}
