import type { Command } from 'commander';
import type { ScheduleDeleteJson } from '../json-shapes.ts';
import { out, printJson } from '../output/write.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((name: string, { json }: { json?: true }) =>
    withColibri(async (colibri) => {
      await colibri.schedules.delete(name);
      await (json
        ? printJson<ScheduleDeleteJson>({ name, deleted: true })
        : out(`${name} is deleted; tasks that it has started go on\n`));
    }),
  );
}
