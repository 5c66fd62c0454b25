import { type Entry, type Problem, problem, type ReadResult } from './entry.ts';
import { locateIn } from './locate.ts';
import { type Item, readItem } from './markdown-item.ts';
import { readYaml } from './yaml.ts';

type Fields = Readonly<Record<string, unknown>>;

export interface MarkdownResult extends ReadResult {
  /** What the front matter says of all tasks, as an entry of its own so that it can be checked by itself; null without any. */
  defaults: Entry | null;
  /** What is wrong with the front matter, which is no task's alone. */
  frontProblems: Problem[];
}

/** The first line of a list item, and how far its text is indented. */
const ITEM = /^( {0,3}(?:[-*+]|\d{1,9}[.)]))([ \t]+)(\S.*)$/;
const RULE = /^ {0,3}([-*_])(?:[ \t]*\1){2,}[ \t]*$/;
const FENCE = /^( *)(`{3,}|~{3,})/;
const BOX = /^\[([ xX])\][ \t]+/;

/** A Markdown text: front matter, then list items, each a task. Headings and prose between them are for people. */
export function readMarkdown(text: string): MarkdownResult {
  const lines = text.split(/\r?\n/);
  const front = readFrontMatter(lines);
  const result: MarkdownResult = {
    entries: [],
    broken: [],
    leftOut: 0,
    defaults: front.defaults,
    frontProblems: front.problems,
  };
  const defaults = (front.defaults?.value ?? {}) as Fields;
  let at = front.end;
  while (at < lines.length) {
    const line = lines[at] ?? '';
    if (FENCE.test(line)) {
      at = endOfFence(lines, at);
      continue;
    }
    if (line.trimStart().startsWith('<!--')) {
      while (at < lines.length && !lines[at]?.includes('-->')) at += 1;
      at += 1;
      continue;
    }
    const match = RULE.test(line) ? null : ITEM.exec(line);
    if (match === null) {
      at += 1;
      continue;
    }
    const [, marker = '', gap = '', rest = ''] = match;
    const indent = marker.length + (gap.length > 4 ? 1 : gap.length);
    const end = endOfItem(lines, at + 1);
    const box = BOX.exec(rest);
    if (box !== null && box[1] !== ' ') result.leftOut += 1;
    else {
      const skipped = box?.[0].length ?? 0;
      const item: Item = {
        line: at + 1,
        column: marker.length + gap.length + skipped + 1,
        indent,
        text: rest.slice(skipped),
        body: lines.slice(at + 1, end),
      };
      addItem(result, item, defaults);
    }
    at = end;
  }
  return result;
}

function addItem(result: ReadResult, item: Item, defaults: Fields): void {
  const { fields, places, problems } = readItem(item);
  if (problems.length > 0) {
    result.broken.push({ line: item.line, problems });
    return;
  }
  const merged = { ...defaults, ...fields };
  if (isFields(defaults.env) && isFields(fields.env)) merged.env = { ...defaults.env, ...fields.env };
  result.entries.push({
    line: item.line,
    value: merged,
    locate: ([field, ...more]) =>
      places.get(String(field))?.(more) ?? { line: item.line, column: field === undefined ? null : item.column },
  });
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The lines of a code block outside of tasks, which is none of ours. */
function endOfFence(lines: readonly string[], start: number): number {
  const fence = FENCE.exec(lines[start] ?? '')?.[2] ?? '```';
  let at = start + 1;
  while (at < lines.length && !lines[at]?.trimStart().startsWith(fence)) at += 1;
  return at + 1;
}

/** An item goes on over blank lines and whatever is indented by two or more, code blocks to their end. */
function endOfItem(lines: readonly string[], start: number): number {
  let end = start;
  for (let at = start; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.trim() === '') continue;
    if (!/^(?: {2}|\t)/.test(line)) break;
    end = at + 1;
  }
  return end;
}

function readFrontMatter(lines: readonly string[]): { defaults: Entry | null; end: number; problems: Problem[] } {
  if (lines[0]?.trimEnd() !== '---') return { defaults: null, end: 0, problems: [] };
  const close = lines.findIndex((line, at) => at > 0 && /^(?:---|\.\.\.)\s*$/.test(line));
  if (close === -1) {
    const message = 'the front matter that begins here has no end: close it with a line of ---';
    return { defaults: null, end: lines.length, problems: [problem({ line: 1, column: 1 }, message)] };
  }
  // A blank line stands for the opening one, so that lines keep their numbers.
  const text = ['', ...lines.slice(1, close)].join('\n');
  const { entries, broken: faults } = readYaml(text);
  const problems = faults.flatMap((fault) => fault.problems);
  const [entry] = entries;
  if (problems.length > 0 || entry === undefined) return { defaults: null, end: close + 1, problems };
  if (entries.length > 1 || !isFields(entry.value)) {
    const message = 'the front matter is not a list of `field: value` lines';
    return { defaults: null, end: close + 1, problems: [problem({ line: entry.line, column: 1 }, message)] };
  }
  return { defaults: { ...entry, locate: (path) => locateIn(text, path) }, end: close + 1, problems: [] };
}
