import type { Command } from 'commander';
import type { ScheduleShowJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderSchedule } from '../output/schedule.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((name: string, options: { json?: true }) =>
    withColibri(async (colibri) =>
      answer<ScheduleShowJson>(await colibri.schedules.show(name), options, renderSchedule),
    ),
  );
}
