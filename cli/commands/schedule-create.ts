import { type Command, Option } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { OVERLAPS, type Overlap } from '../../schemas/schedule.ts';
import { wholeNumber } from '../arguments.ts';
import type { ScheduleShowJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { renderSchedule } from '../output/schedule.ts';
import { commandLine } from '../output/text.ts';
import { addTaskFlags, specFrom, type TaskFlags } from '../task-flags.ts';
import { withColibri } from '../with-colibri.ts';

interface Options extends TaskFlags {
  cron?: string[];
  every?: string;
  offset?: string;
  timeZone?: string;
  jitter?: string;
  startAt?: string;
  endAt?: string;
  overlap?: Overlap;
  catchUp?: string;
  pauseOnFailure?: true;
  runs?: number;
  paused?: true;
  note?: string;
  json?: true;
}

const EXAMPLES = `
Say when with --cron, --every or both; write -- before the command:
  colibri schedule create nightly --cron "0 2 * * *" -- make nightly
  colibri schedule create poll --every 10m --requires linux -- ./poll.sh
Its tasks are named after it and the time: nightly-2026-11-21T01:00:00Z.
What --overlap says is done when it is time while an earlier task goes on:
  skip              nothing is started (default)
  buffer-one        one is started when it has ended
  buffer-all        as many as were due are, one after the other
  cancel-other      it is cancelled, and another started
  terminate-other   the same, without waiting for its agent
  allow-all         another is started besides
`;

export function define(command: Command): void {
  command
    .usage('[options] NAME -- COMMAND [ARG...]')
    .option('--cron <EXPRESSION>', 'minute hour day month weekday; may be given again', (text, all: string[] = []) => [
      ...all,
      text,
    ])
    .option('--every <TIME>', 'time between two runs, like 10m, counted from midnight UTC of 1970-01-01')
    .option('--offset <TIME>', 'moves the runs of --every by so much')
    .option('--time-zone <NAME>', 'time zone of --cron, like Europe/Berlin (default: UTC)')
    .option('--jitter <TIME>', 'start each run later by up to so much, at random')
    .option('--start-at <TIME>', 'nothing runs before, like 2026-12-24T18:00:00Z')
    .option('--end-at <TIME>', 'nothing runs after')
    .addOption(new Option('--overlap <POLICY>', 'when an earlier one still runs (default: skip)').choices(OVERLAPS))
    .option('--catch-up <TIME>', 'runs missed while the server was down are made up within so long (default: 24h)')
    .option('--pause-on-failure', 'pause when one of its tasks fails')
    .option('--runs <N>', 'so many runs, then no more', wholeNumber(1, 1_000_000))
    .option('--paused', 'create it paused')
    .option('--note <TEXT>', 'note for people');
  addTaskFlags(command)
    .addHelpText('after', EXAMPLES)
    .action((name: string, words: string[], options: Options) => create(name, words, options));
}

async function create(name: string, words: string[], options: Options): Promise<void> {
  if (words.length > 0 && !process.argv.includes('--')) {
    throw new ColibriError(
      'invalid',
      'it is not clear where the command begins',
      `put options first, then --, then the command: colibri schedule create ${name} --every 10m -- ${commandLine(words)}`,
    );
  }
  const { cron, every, offset, timeZone, jitter, startAt, endAt, overlap, catchUp, pauseOnFailure, paused, note } =
    options;
  const given = {
    cron,
    every,
    offset,
    timeZone,
    jitter,
    startAt,
    endAt,
    overlap,
    catchUp,
    pauseOnFailure,
    paused,
    note,
  };
  const set = Object.fromEntries(
    Object.entries({ ...given, remaining: options.runs }).filter(([, value]) => value !== undefined),
  );
  const task = specFrom(`schedule create ${name}`, words, options);
  await withColibri(async (colibri) =>
    answer<ScheduleShowJson>(await colibri.schedules.create({ ...set, name, task }), options, renderSchedule),
  );
}
