import type { Problem } from '../intake/entry.ts';
import { idOf, type Result, reasonOf, type Status } from '../intake/results.ts';
import type { IntakeSummaryJson } from '../json-shapes.ts';
import type { RenderContext } from './render.ts';
import { table } from './table.ts';
import type { Paint } from './terminal.ts';
import { oneLine } from './text.ts';

/** Most tasks that are listed one by one for people. */
const MOST_LISTED = 20;

const SAID: Readonly<Record<Status, string>> = {
  submitted: 'submitted',
  existing: 'already there',
  invalid: 'not valid',
  failed: 'refused',
  unsure: 'not known',
  'not-submitted': 'not submitted',
  'would-submit': 'would be submitted',
};

/** Where and what is wrong, a line each, in order and aligned. */
export function renderProblems(given: readonly Problem[], { paint }: Pick<RenderContext, 'paint'>): string {
  const problems = [...given].sort((a, b) => a.line - b.line || (a.column ?? 0) - (b.column ?? 0));
  const places = problems.map(({ line, column }) => `line ${line}${column === null ? '' : `, column ${column}`}`);
  const width = Math.max(0, ...places.map((place) => place.length));
  return problems
    .map(({ field, message }, at) => {
      const said = `${field === null ? '' : `${field}: `}${message}`;
      return `${paint.dim((places[at] ?? '').padEnd(width))}  ${oneLine(said)}\n`;
    })
    .join('');
}

/** What became of a few tasks one by one; of many only that of those which the server did not take. */
export function renderResults(results: readonly Result[], { paint, columns }: RenderContext): string {
  const told = results.length <= MOST_LISTED ? results : results.filter(({ status }) => isTrouble(status));
  const planned = results.length > MOST_LISTED && told.length === 0 && results[0]?.status === 'would-submit';
  const shown = planned ? results.slice(0, MOST_LISTED) : told;
  if (shown.length === 0) return '';
  const rows = shown.map((result) => [
    String(result.checked.line),
    paintStatus(result.status, paint),
    idOf(result) ?? '-',
    result.checked.task?.requires.join(',') || '-',
    oneLine(result.error === null ? (result.checked.task?.name ?? '-') : reasonOf(result.error)),
  ]);
  const head = ['LINE', 'RESULT', 'ID', 'REQUIRES', 'NAME'];
  const listed = table(head, rows, { width: columns, flexible: [3, 4], right: [0], heading: paint.dim });
  return planned ? `${listed}${paint.dim(`and ${number(results.length - MOST_LISTED)} more\n`)}` : listed;
}

/** All in one line: `120 tasks: 117 submitted, 3 already there`. */
export function renderSummary({ summary }: IntakeSummaryJson): string {
  const { tasks, dryRun, leftOut } = summary;
  const left = summary.tasks - summary.invalid;
  const parts: readonly (readonly [number, string])[] = [
    dryRun ? [left, 'would be submitted'] : [summary.submitted, 'submitted'],
    [summary.existing, 'already there'],
    [summary.invalid, 'not valid'],
    [summary.failed, 'refused by the server'],
    [summary.unsure, 'not known to be submitted'],
    [dryRun ? 0 : summary.notSubmitted, 'not submitted'],
    [leftOut, 'ticked off and left out'],
  ];
  const said = parts.filter(([count]) => count > 0).map(([count, what]) => `${number(count)} ${what}`);
  return `${number(tasks)} task${tasks === 1 ? '' : 's'}: ${said.join(', ') || 'nothing to do'}\n`;
}

/** `1-3, 7, 9-12` */
export function ranges(numbers: readonly number[]): string {
  const found: [number, number][] = [];
  for (const each of [...new Set(numbers)].sort((a, b) => a - b)) {
    const last = found.at(-1);
    if (last !== undefined && last[1] === each - 1) last[1] = each;
    else found.push([each, each]);
  }
  return found.map(([from, to]) => (from === to ? String(from) : `${from}-${to}`)).join(', ');
}

/** One line for each warning, with the lines that it is about. */
export function renderWarnings(results: readonly Result[], { paint }: Pick<RenderContext, 'paint'>): string {
  const lines = new Map<string, number[]>();
  for (const { checked } of results) {
    for (const warning of checked.warnings) lines.set(warning, [...(lines.get(warning) ?? []), checked.line]);
  }
  return [...lines]
    .map(([warning, at]) => `${paint.yellow('warning:')} line${at.length === 1 ? '' : 's'} ${ranges(at)}: ${warning}\n`)
    .join('');
}

function isTrouble(status: Status): boolean {
  return status === 'failed' || status === 'unsure';
}

function paintStatus(status: Status, paint: Paint): string {
  if (status === 'submitted') return paint.green(SAID[status]);
  return status === 'invalid' || isTrouble(status) ? paint.red(SAID[status]) : SAID[status];
}

function number(value: number): string {
  return value.toLocaleString('en');
}
