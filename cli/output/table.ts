import Table from 'cli-table3';
import { cutToWidth, displayWidth } from './display-width.ts';
import { wrap } from './text.ts';

export interface TableOptions {
  /** Columns of the terminal. */
  width: number;
  /** Indexes of the columns that give way when the whole is too wide: their texts are cut. */
  flexible: readonly number[];
  /** Index of a column that gives way by going on in the next line instead. */
  wrapped?: number;
  /** Indexes of columns of numbers, set flush right. */
  right?: readonly number[];
  heading?: (text: string) => string;
  indent?: number;
}

const GAP = 2;
/** Below this a column says nothing any more; the table then rather grows too wide. */
const LEAST = 8;
const NO_BORDERS = Object.fromEntries(
  ['top', 'bottom', 'mid', 'left', 'right'].flatMap((side) =>
    [side, `${side}-mid`, `${side}-left`, `${side}-right`, `mid-mid`, 'middle'].map((name) => [name, '']),
  ),
);

/** An aligned table without borders, that fits the terminal as long as its flexible columns can give way. Ends with a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[], options: TableOptions): string {
  const { indent = 0, heading = (text: string) => text } = options;
  const natural = head.map((title, at) =>
    Math.max(displayWidth(title), ...rows.map((row) => displayWidth(row[at] ?? ''))),
  );
  const giving = options.wrapped === undefined ? options.flexible : [...options.flexible, options.wrapped];
  const widths = narrow(natural, options.width - indent, giving);
  // The table would set a column of numbers against the next one, not against the gap before it.
  const place = (cell: string, at: number) =>
    options.right?.includes(at) ? `${' '.repeat(Math.max(0, (widths[at] ?? 0) - displayWidth(cell)))}${cell}` : cell;
  const rendered = new Table({
    head: head.map((title, at) => heading(place(title, at))),
    colWidths: widths.map((width, at) => width + (at === widths.length - 1 ? 0 : GAP)),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0, compact: true },
    truncate: '…',
    chars: NO_BORDERS,
  });
  for (const row of rows)
    rendered.push(row.map((cell, at) => place(toWidth(cell, widths[at] ?? 0, at === options.wrapped), at)));
  const lines = rendered.toString().split('\n');
  return lines
    .map((line) => `${' '.repeat(indent)}${line}`.trimEnd())
    .join('\n')
    .concat('\n');
}

/** Narrows flexible columns, the widest first, until the whole fits. */
function narrow(natural: readonly number[], width: number, flexible: readonly number[]): number[] {
  const widths = [...natural];
  const total = () => widths.reduce((sum, each) => sum + each, 0) + GAP * (widths.length - 1);
  while (total() > width) {
    const widest = flexible.reduce<number | undefined>((best, at) => {
      const room = (widths[at] ?? 0) - LEAST;
      return room > 0 && (best === undefined || (widths[at] ?? 0) > (widths[best] ?? 0)) ? at : best;
    }, undefined);
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

function toWidth(cell: string, width: number, wrapped: boolean): string {
  if (!wrapped) return cutToWidth(cell, width);
  return displayWidth(cell) <= width ? cell : wrap(cell, width).join('\n');
}
