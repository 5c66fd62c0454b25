import type { Paint } from './terminal.ts';

/** Labelled values, one a line, their values aligned. Those that are null are left out. Ends with a line break. */
export function fields(rows: readonly (readonly [string, string | null])[], paint: Paint): string {
  const shown = rows.filter((row): row is readonly [string, string] => row[1] !== null);
  const width = Math.max(0, ...shown.map(([label]) => label.length));
  return shown.map(([label, value]) => `${paint.dim(label.padEnd(width))}  ${value}\n`).join('');
}
