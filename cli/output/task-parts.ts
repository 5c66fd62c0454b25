import { formatDuration } from '../../schemas/duration.ts';
import { type Needs, needText } from '../../schemas/needs.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import type { RenderContext } from './render.ts';
import { table } from './table.ts';
import { oneLine, safeLine, wrap } from './text.ts';
import { ago, clockTime, localTime } from './time.ts';

/** What a task was given by its plan, and the files it was written to, if it was. */
export interface GivenInputs {
  inputs: Needs;
  files: readonly string[] | null;
}

/** Longest piece of one of them that is shown. */
const INPUT_CHARS = 200;

/** Longest piece of a result that is shown; `--json` has all of it. */
const DATA_LINES = 20;

/** The further sets of tags, each with the time from which it will do. */
export function alternatives({ ladder }: TaskView, nowMs: number): string | null {
  const further = ladder.slice(1).map(({ requires, at }) => {
    const tags = requires.join(', ') || 'any host';
    if (at === null) return tags;
    return `${tags} (${Date.parse(at) <= nowMs ? 'since' : 'from'} ${clockTime(at)})`;
  });
  return further.length === 0 ? null : further.join('; ');
}

/** Every limit of time, said also where there is none. */
export function timeouts({ totalTimeoutMs, timeoutMs, silenceMs }: TaskView): string {
  const text = (ms: number | null) => (ms === null ? 'off' : formatDuration(ms));
  return `total ${text(totalTimeoutMs)}, attempt ${text(timeoutMs)}, silence ${text(silenceMs)}`;
}

export function progress({ progress: told }: TaskView, nowMs: number): string | null {
  if (told === null) return null;
  const percent = told.percent === null ? '' : `${Math.round(told.percent)} %, `;
  return `${percent}${oneLine(told.text)} (${ago(told.at, nowMs)})`;
}

/** The results of the tasks that it needed, and how to get the whole of them. */
export function inputs({ id }: TaskView, given: GivenInputs, { paint, columns }: RenderContext): string {
  const rows = Object.entries(given.inputs).map(([name, result]) => {
    const text = oneLine(needText(result) || result.summary);
    return [name, result.state, text.length > INPUT_CHARS ? `${text.slice(0, INPUT_CHARS)}...` : text];
  });
  if (rows.length === 0) return '';
  const list = table(['TASK', 'STATE', 'GAVE'], rows, {
    ...{ width: columns, flexible: [0], wrapped: 2, heading: paint.dim, indent: 2 },
  });
  const where =
    given.files === null
      ? paint.dim(`  as files: colibri task show ${id} --inputs DIR\n`)
      : given.files.map((file) => `  written: ${oneLine(file)}\n`).join('');
  return `${paint.bold('Results of the tasks it needed')}\n${list}${where}`;
}

/** What it asked and was told; the question that is open comes with the way to answer it. */
export function questions({ id, questions: asked, state }: TaskView, { paint, columns }: RenderContext): string {
  if (asked.length === 0) return '';
  const lines = asked.flatMap(({ question, answer, answeredBy }) => [
    ...indented(`asked: ${oneLine(question)}`, columns),
    ...(answer === null ? [] : indented(`told by ${answeredBy}: ${oneLine(answer)}`, columns)),
  ]);
  const open = state === 'blocked' && asked.at(-1)?.answer === null;
  if (open) lines.push(paint.dim(`  answer it: colibri task answer ${id} TEXT`));
  return `${paint.bold('Questions')}\n${lines.map((line) => `${line}\n`).join('')}`;
}

export function handOvers({ handoffs }: TaskView, { paint, columns, nowMs }: RenderContext): string {
  if (handoffs.length === 0) return '';
  const today = localTime(nowMs).slice(0, 10);
  const rows = handoffs.map(({ at, by, to, notes, branch }) => [
    localTime(at).startsWith(today) ? clockTime(at) : localTime(at),
    oneLine(by),
    to === null ? 'any' : oneLine(to),
    `${oneLine(notes)}${branch === null ? '' : ` [branch ${oneLine(branch)}]`}`,
  ]);
  const list = table(['WHEN', 'BY', 'TO', 'NOTES'], rows, {
    ...{ width: columns, flexible: [1, 2], wrapped: 3, heading: paint.dim, indent: 2 },
  });
  return `${paint.bold('Handed over')}\n${list}`;
}

/** The JSON value that the agent gave as its result. */
export function resultData({ id, result }: TaskView, { paint, columns }: RenderContext): string {
  if (result?.data === undefined) return '';
  const all = JSON.stringify(result.data, null, 2)
    .split('\n')
    .flatMap((line) => cut(safeLine(line), columns - 2));
  const shown = all.slice(0, DATA_LINES).map((line) => `  ${line}\n`);
  const more = all.length - shown.length;
  if (more > 0) shown.push(`  ${paint.dim(`and ${more} more lines: colibri task show ${id} --json`)}\n`);
  return `${paint.bold('Result')}\n${shown.join('')}`;
}

/** A long line of JSON in pieces; blanks at its beginning stay. */
function cut(line: string, width: number): string[] {
  const [, margin = '', text = ''] = /^( *)(.*)$/.exec(line) ?? [];
  return wrap(text, Math.max(10, width - margin.length)).map((piece) => `${margin}${piece}`);
}

function indented(text: string, columns: number): string[] {
  return wrap(text, columns - 4).map((line, at) => `${at === 0 ? '  ' : '    '}${line}`);
}
