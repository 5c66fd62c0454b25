import type { Command } from 'commander';
import type { StatusJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderStatus } from '../output/status.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((options: { json?: true }) =>
    withColibri(async (colibri) => {
      const { readStatus } = await import('../status/read-status.ts');
      await answer<StatusJson>(await readStatus(colibri), options, renderStatus);
    }),
  );
}
