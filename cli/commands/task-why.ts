import type { Command } from 'commander';
import type { TaskWhyJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderWhy } from '../output/why.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((id: string, options: { json?: true }) =>
    withColibri(async (colibri) => answer<TaskWhyJson>(await colibri.why(id), options, renderWhy)),
  );
}
