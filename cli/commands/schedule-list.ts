import type { Command } from 'commander';
import type { ScheduleListJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderScheduleList } from '../output/schedule.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((options: { json?: true }) =>
    withColibri(async (colibri) => {
      const schedules = await colibri.schedules.list();
      await answer<ScheduleListJson>({ schedules }, options, (given, context) =>
        renderScheduleList(given.schedules, context),
      );
    }),
  );
}
