import { formatBytes } from '../../schemas/byte-size.ts';
import {
  type Broken,
  broken,
  type Entry,
  MAX_TASK_BYTES,
  type Place,
  type Problem,
  problem,
  type ReadResult,
} from './entry.ts';
import { locateIn } from './locate.ts';
import type { Line } from './read-lines.ts';

/** One of JSON lines: its task, its problem, or nothing for a blank line. */
export function readJsonLine({ number, text, bytes }: Line): { entry?: Entry; broken?: Broken } {
  const start = { line: number, column: null };
  if (text === null) return { broken: broken(problem(start, 'is not UTF-8')) };
  if (bytes > MAX_TASK_BYTES) return { broken: broken(problem(start, tooLong(bytes))) };
  if (text.trim() === '') return {};
  try {
    return { entry: jsonEntry(text, JSON.parse(text), { line: number, column: 1 }) };
  } catch (error) {
    return { broken: broken(syntaxProblem(text, error as SyntaxError, { line: number, column: 1 })) };
  }
}

/** A JSON document: one task, or an array of tasks. */
export function readJson(text: string): ReadResult {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    const problems = broken(syntaxProblem(text, error as SyntaxError, { line: 1, column: 1 }));
    return { entries: [], broken: [problems], leftOut: 0 };
  }
  const values: unknown[] = Array.isArray(value) ? value : [value];
  const starts = Array.isArray(value) ? elements(text) : [{ from: text.search(/\S/), to: text.length }];
  const result: ReadResult = { entries: [], broken: [], leftOut: 0 };
  const placeOf = placer(text);
  values.forEach((each, at) => {
    const { from, to } = starts[at] ?? { from: 0, to: 0 };
    const slice = text.slice(from, to);
    const place = placeOf(from);
    const bytes = Buffer.byteLength(slice);
    if (bytes > MAX_TASK_BYTES) result.broken.push(broken(problem(place, tooLong(bytes))));
    else result.entries.push(jsonEntry(slice, each, place));
  });
  return result;
}

export function tooLong(bytes: number): string {
  return `${formatBytes(bytes)} for one task, at most ${formatBytes(MAX_TASK_BYTES)} are taken: let its command read a file instead`;
}

function jsonEntry(text: string, value: unknown, start: { line: number; column: number }): Entry {
  return { line: start.line, value, locate: (path) => shifted(locateIn(text, path), start) };
}

/** A place within a text that itself begins at `start`. */
function shifted(place: { line: number; column: number }, start: { line: number; column: number }): Place {
  return {
    line: start.line + place.line - 1,
    column: place.line === 1 ? start.column + place.column - 1 : place.column,
  };
}

/** What is wrong with a text that is no JSON, and where. */
function syntaxProblem(text: string, { message }: SyntaxError, start: { line: number; column: number }): Problem {
  const position = /at position (\d+)/.exec(message)?.[1];
  const offset = position === undefined ? unnamedPosition(text, message) : Number(position);
  const said = message
    .replace(/, (\.\.\.)?".*$| in JSON at position .*$/s, '')
    .replace(/ after JSON at .*$/s, ' after it');
  return problem(shifted(placer(text)(Math.min(offset, text.trimEnd().length)), start), `not JSON: ${said}`);
}

/**
 * Of an unexpected token Node says which, but not where. The text up to just before it lacks only its end, and all
 * that is longer has that token, too: so the place can be found by halves.
 */
function unnamedPosition(text: string, message: string): number {
  if (!UNEXPECTED.test(message)) return text.length;
  let good = 0;
  let bad = text.length;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (hasUnexpected(text.slice(0, middle))) bad = middle;
    else good = middle;
  }
  return good;
}

const UNEXPECTED = /^Unexpected token/;

function hasUnexpected(text: string): boolean {
  try {
    JSON.parse(text);
    return false;
  } catch (error) {
    return UNEXPECTED.test((error as Error).message);
  }
}

/** Where the elements of the array that this JSON text holds begin and end. */
function elements(text: string): { from: number; to: number }[] {
  const found: { from: number; to: number }[] = [];
  let depth = 0;
  let from: number | null = null;
  for (let at = 0; at < text.length; at += 1) {
    const char = text.charAt(at);
    if (/\s/.test(char)) continue;
    const closes = char === ']' || char === '}';
    if (from !== null && depth === 1 && (char === ',' || char === ']')) {
      found.push({ from, to: at });
      from = null;
    } else if (from === null && depth === 1 && !closes) from = at;
    if (char === '"') at = endOfString(text, at);
    else if (char === '[' || char === '{') depth += 1;
    else if (closes) depth -= 1;
  }
  return found;
}

function endOfString(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && text.charAt(at) !== '"') at += text.charAt(at) === '\\' ? 2 : 1;
  return at;
}

/** Lines and columns of offsets that only go up. */
function placer(text: string): (offset: number) => { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  let at = 0;
  return (offset) => {
    for (let next = text.indexOf('\n', at); next !== -1 && next < offset; next = text.indexOf('\n', at)) {
      line += 1;
      at = next + 1;
      lineStart = at;
    }
    return { line, column: offset - lineStart + 1 };
  };
}
