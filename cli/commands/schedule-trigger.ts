import { type Command, Option } from 'commander';
import { OVERLAPS, type Overlap } from '../../schemas/schedule.ts';
import type { ScheduleTriggerJson } from '../json-shapes.ts';
import { out, printJson } from '../output/write.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addOption(
      new Option('--overlap <POLICY>', "when an earlier one still runs (default: the schedule's)").choices(OVERLAPS),
    )
    .action((name: string, { overlap, json }: { overlap?: Overlap; json?: true }) =>
      withColibri(async (colibri) => {
        const triggered = await colibri.schedules.trigger(name, overlap);
        const { taskId, started } = triggered;
        const said = started
          ? `started ${taskId}\nfollow it: colibri task watch ${taskId}\n`
          : `${taskId} is noted, and starts when the one before it has ended or a busy server has come to it: ` +
            `colibri schedule show ${name}\n`;
        await (json ? printJson<ScheduleTriggerJson>(triggered) : out(said));
      }),
    );
}
