import { formatDuration } from '../../schemas/duration.ts';
import { FAILURES } from '../../schemas/failures.ts';
import { isWaiting } from '../../schemas/task-state.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import { fields } from './fields.ts';
import { headLine } from './head-line.ts';
import { reasonNow } from './moved.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import {
  alternatives,
  type GivenInputs,
  handOvers,
  inputs,
  progress,
  questions,
  resultData,
  timeouts,
} from './task-parts.ts';
import { commandLine, oneLine, safeLine, wrap } from './text.ts';
import { clockTime, localTime, timeAndAgo } from './time.ts';

/** All that is known of a task, for people. */
export function renderTask(task: TaskView, context: RenderContext, given?: GivenInputs): string {
  const { paint } = context;
  const parts = [`${headLine(task.id, task.state, headline(task), context)}\n`, facts(task, context)];
  parts.push(given === undefined ? '' : inputs(task, given, context));
  parts.push(questions(task, context), handOvers(task, context));
  parts.push(`${paint.bold('History')}\n${history(task, context)}`);
  parts.push(resultData(task, context));
  const tail = task.result?.tail ?? [];
  if (tail.length > 0) {
    parts.push(
      `${paint.bold('Last output')}\n${tail.map((line) => `  ${safeLine(line)}`.trimEnd().concat('\n')).join('')}`,
    );
  }
  parts.push(next(task, context));
  return parts.filter((part) => part !== '').join('\n');
}

function headline(task: TaskView): string {
  const attempt = task.attempt > 1 ? `, attempt ${task.attempt}` : '';
  if (task.state === 'running' || task.state === 'claimed')
    return `${task.host === null ? `with ${oneLine(task.agent ?? '')}` : `on ${task.host}`}${attempt}`;
  if (task.failure !== null && task.state === 'failed') return `${task.failure.code}: ${oneLine(task.failure.message)}`;
  return oneLine(reasonNow(task));
}

function facts(task: TaskView, { paint, nowMs }: RenderContext): string {
  const when = (at: string | null) => (at === null ? null : timeAndAgo(at, nowMs));
  // A single word with blanks is a line for a shell: quotes around it would only be in the way.
  const command = task.command.length === 1 ? oneLine(task.command.join('')) : commandLine(task.command);
  const ran =
    task.startedAt !== null && task.endedAt !== null
      ? ` after ${formatDuration(Math.max(0, Date.parse(task.endedAt) - Date.parse(task.startedAt)))}`
      : '';
  return fields(
    [
      ['name', isCommand(task) ? null : oneLine(task.name)],
      ['skill', task.skill === null ? null : skillOf(task)],
      ['inputs', inputsOf(task)],
      ['command', command === '' ? null : command],
      ['requires', task.requires.join(', ') || 'nothing (any host)'],
      ['or', alternatives(task, nowMs)],
      ['prefers', task.prefers.join(', ') || null],
      ['only on', task.pinnedTo],
      ['limit', task.limit === null ? null : `at most ${task.limit.max} of "${oneLine(task.limit.key)}" at once`],
      ['route', task.route],
      ['handed to', task.assignedTo],
      ['host', task.host === null ? null : `${task.host}${task.agent === null ? '' : ` (${task.agent})`}`],
      ['agent', task.host === null ? task.agent : null],
      ['progress', progress(task, nowMs)],
      ['attempt', attempt(task)],
      ['priority', task.priority === 3 ? null : String(task.priority)],
      ['project', task.project],
      ['timeouts', timeouts(task)],
      ['not before', isWaiting(task.state) ? when(task.retryAt) : null],
      ['submitted', `${when(task.submittedAt)}${task.submitter === null ? '' : ` by ${oneLine(task.submitter)}`}`],
      ['claimed', when(task.claimedAt)],
      ['started', when(task.startedAt)],
      ['ended', task.endedAt === null ? null : `${when(task.endedAt)}${ran}`],
      ['result', task.result === null ? null : oneLine(task.result.summary)],
    ],
    paint,
  );
}

/** The skill with the beginning of its digest, once it is settled which content the task gets. */
function skillOf({ skill, skillPin }: TaskView): string {
  return skillPin?.digest ? `${skill} (${skillPin.digest.slice(0, 12)})` : `${skill}`;
}

function inputsOf({ skillInputs }: TaskView): string | null {
  const given = Object.entries(skillInputs).map(([name, value]) => commandLine([`${name}=${value}`]));
  return given.length === 0 ? null : given.join(' ');
}

/** A task that was given no name has its command, cut, for one. */
function isCommand({ name, command }: TaskView): boolean {
  return command.join(' ').startsWith(name);
}

/** Which attempt it is, where there is more to say than that it is the first and only one. */
function attempt({ attempt: count, maxAttempts }: TaskView): string | null {
  if (count === 0 || (count === 1 && maxAttempts === 1)) return null;
  return maxAttempts === 1 ? String(count) : `${count} (ends after ${maxAttempts} failures of its own)`;
}

function history(task: TaskView, { paint, columns, nowMs }: RenderContext): string {
  const today = localTime(nowMs).slice(0, 10);
  const rows = task.history.map((entry) => {
    const day = localTime(entry.at).slice(0, 10);
    return [
      day === today ? clockTime(entry.at) : `${day} ${clockTime(entry.at)}`,
      paintState(entry.state, paint),
      entry.attempt === null ? '' : String(entry.attempt),
      entry.host ?? '',
      oneLine(entry.reason),
    ];
  });
  return table(['WHEN', 'STATE', 'TRY', 'HOST', 'REASON'], rows, {
    width: columns,
    flexible: [],
    wrapped: 4,
    right: [2],
    heading: paint.dim,
    indent: 2,
  });
}

/** What one would most likely want to do next. */
function next(task: TaskView, { paint, columns }: RenderContext): string {
  const says = task.failure === null ? undefined : FAILURES[task.failure.code].says;
  const lines = [];
  if (isWaiting(task.state)) lines.push(`why it waits: colibri task why ${task.id}`);
  else if (task.state === 'running' || task.state === 'claimed') lines.push(`follow it: colibri task watch ${task.id}`);
  else if (task.state === 'failed' && says !== undefined) lines.push(...wrap(says, columns));
  return lines.map((line) => `${paint.dim(line)}\n`).join('');
}
