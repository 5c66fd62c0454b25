import { charWidth } from './char-width.ts';
import type { Theme } from './palette.ts';
import { applySgr, type Style } from './style.ts';

/** One terminal cell. A wide character fills its cell and leaves the next one with an empty `text`. */
export interface Cell {
  text: string;
  width: 1 | 2;
  style: Style;
}

// Order matters: SGR, any other CSI, OSC up to its end, other escapes, then charset shifts and single characters.
const TOKENS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what is parsed here
  /\x1b\[([\d;:]*)m|\x1b\[[\x20-\x3f]*[\x40-\x7e]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)?|\x1b[\x20-\x2f]*[\x30-\x7e]?|[\x0e\x0f]|./gsu;

// tmux keeps line drawing of old programs as DEC graphics between SO and SI.
const DEC_FROM = '`afgijklmnopqrstuvwxyz{|}~';
const DEC_TO = '◆▒°±␉┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·';

/**
 * Turns captured terminal text (with SGR colours) into `rows` lines of `columns` cells. Style runs on from line to line,
 * as tmux writes it; what goes beyond the size is cut, what is missing is blank.
 */
export function parseAnsi(text: string, columns: number, rows: number, theme: Theme): Cell[][] {
  const grid: Cell[][] = [];
  let line: Cell[] = [];
  let style: Style = {};
  let graphics = false;
  const endLine = () => {
    if (grid.length < rows) grid.push(fill(line, columns));
    line = [];
  };
  for (const [token, sgr] of text.matchAll(TOKENS)) {
    if (sgr !== undefined) style = applySgr(style, sgr, theme);
    else if (token === '\n') endLine();
    else if (token === '\x0e') graphics = true;
    else if (token === '\x0f') graphics = false;
    else if (token === '\t') for (const stop = (line.length & ~7) + 8; line.length < stop; ) line.push(blank());
    else if (token >= ' ' && token !== '\x7f') put(line, graphics ? drawn(token) : token, style, columns);
  }
  if (line.length > 0) endLine();
  while (grid.length < rows) grid.push(fill([], columns));
  return grid;
}

function put(line: Cell[], text: string, style: Style, columns: number): void {
  const width = charWidth(text);
  if (width === 0) {
    const last = line.findLast((cell) => cell.text !== '');
    if (last) last.text += text;
  } else if (line.length + width <= columns) {
    line.push({ text, width, style });
    if (width === 2) line.push({ text: '', width: 1, style });
  }
}

function drawn(char: string): string {
  const at = DEC_FROM.indexOf(char);
  return at < 0 ? char : ([...DEC_TO][at] ?? char);
}

const blank = (): Cell => ({ text: ' ', width: 1, style: {} });

function fill(line: Cell[], columns: number): Cell[] {
  const cells = line.slice(0, columns);
  while (cells.length < columns) cells.push(blank());
  return cells;
}
