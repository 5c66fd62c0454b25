import type { Command } from 'commander';
import type { ScheduleShowJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderSchedule } from '../output/schedule.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .option('--note <TEXT>', 'why, for people')
    .action((name: string, options: { note?: string; json?: true }) =>
      withColibri(async (colibri) =>
        answer<ScheduleShowJson>(await colibri.schedules.resume(name, options.note), options, renderSchedule),
      ),
    );
}
