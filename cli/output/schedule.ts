import { formatDuration } from '../../schemas/duration.ts';
import type { ScheduledRun, ScheduleLine, ScheduleView } from '../../schemas/schedule-view.ts';
import { fields } from './fields.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import type { Paint } from './terminal.ts';
import { oneLine } from './text.ts';
import { ago, localTime, timeAndAgo } from './time.ts';

/** A schedule: when it runs next, and what came of its last tasks. */
export function renderSchedule(schedule: ScheduleView, context: RenderContext): string {
  const { paint, nowMs } = context;
  const note = schedule.note === null ? '' : `: ${oneLine(schedule.note)}`;
  const state = schedule.paused ? `${paint.yellow('paused')}${note}` : paint.green('active');
  const { started, skipped, missed } = schedule.counts;
  const parts = [
    `${paint.bold(schedule.name)}  ${state}\n`,
    fields(
      [
        [
          'runs',
          `${schedule.when.map(oneLine).join('; ')}${schedule.timeZone === 'UTC' ? ' (UTC)' : ` (${schedule.timeZone})`}`,
        ],
        ['task', oneLine(schedule.task)],
        ['overlap', schedule.overlap],
        ['catch up', `missed runs within ${formatDuration(schedule.catchUpMs)}`],
        ['jitter', schedule.jitterMs === 0 ? null : `up to ${formatDuration(schedule.jitterMs)}`],
        ['not before', schedule.startAt === null ? null : timeAndAgo(schedule.startAt, nowMs)],
        ['not after', schedule.endAt === null ? null : timeAndAgo(schedule.endAt, nowMs)],
        ['on failure', schedule.pauseOnFailure ? 'it is paused' : null],
        ['runs left', schedule.remaining === null ? null : String(schedule.remaining)],
        ['note', schedule.paused || schedule.note === null ? null : oneLine(schedule.note)],
        ['created', timeAndAgo(schedule.createdAt, nowMs)],
        ['so far', `${started} started, ${skipped} skipped for one that ran, ${missed} missed`],
      ],
      paint,
    ),
  ];
  const title = schedule.paused ? 'Next times, once it is resumed' : 'Next times';
  const next = schedule.next.map((at) => `  ${localTime(at)}  ${paint.dim(ago(at, nowMs))}\n`).join('');
  parts.push(`${paint.bold(title)}\n${next || '  none\n'}`);
  if (schedule.runs.length > 0) parts.push(`${paint.bold('Last tasks')}\n${runTable(schedule.runs, context)}`);
  return parts.join('\n');
}

function runTable(runs: readonly ScheduledRun[], { paint, columns, nowMs }: RenderContext): string {
  const rows = runs.map((run) => [run.taskId, stateOf(run, paint), ago(run.startedAt, nowMs), lateness(run)]);
  return table(['TASK', 'STATE', 'STARTED', 'LATE'], rows, {
    width: columns,
    flexible: [],
    heading: paint.dim,
    indent: 2,
  });
}

/** How much later than it was due, when that is worth a word. */
function lateness({ scheduledAt, startedAt }: ScheduledRun): string {
  const late = Date.parse(startedAt) - Date.parse(scheduledAt);
  return late < 2_000 ? '' : formatDuration(late);
}

function stateOf({ state }: ScheduledRun, paint: Paint): string {
  return state === null ? paint.dim('not kept') : paintState(state, paint);
}

/** Schedules as a table. */
export function renderScheduleList(
  schedules: readonly ScheduleLine[],
  { paint, columns, nowMs }: RenderContext,
): string {
  if (schedules.length === 0) {
    return 'No schedules yet. Create one: colibri schedule create nightly --cron "0 2 * * *" -- make nightly\n';
  }
  const rows = schedules.map(({ name, when, paused, nextAt, last, task }) => [
    name,
    paused ? paint.yellow('paused') : paint.green('active'),
    oneLine(when.join('; ')),
    nextAt === null ? '-' : ago(nextAt, nowMs),
    last === null ? '-' : stateOf(last, paint),
    oneLine(task),
  ]);
  return table(['NAME', 'STATE', 'RUNS', 'NEXT', 'LAST', 'TASK'], rows, {
    width: columns,
    flexible: [2, 5],
    heading: paint.dim,
  });
}
