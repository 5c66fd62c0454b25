import { parse } from 'yaml';
import { nearest } from '../../schemas/nearest.ts';
import { TaskSpec } from '../../schemas/task.ts';
import { type Place, type Problem, problem } from './entry.ts';
import { readYaml } from './yaml.ts';

/** One list item as it stands. `body`: the lines below its first, as they are; `indent`: that of the item's text. */
export interface Item {
  line: number;
  /** Where `text` begins. */
  column: number;
  indent: number;
  text: string;
  body: readonly string[];
}

interface ReadItem {
  fields: Record<string, unknown>;
  /** Where each field stands. */
  places: Map<string, (path: readonly (string | number)[]) => Place>;
  problems: Problem[];
}

/** Programs that run a code block, by the word behind its fence. All others are given to `/bin/sh -c`. */
const INTERPRETERS: Readonly<Record<string, readonly string[]>> = {
  bash: ['bash', '-c'],
  zsh: ['zsh', '-c'],
  python: ['python3', '-c'],
  python3: ['python3', '-c'],
  py: ['python3', '-c'],
  javascript: ['node', '-e'],
  js: ['node', '-e'],
};
const SHELL = ['', 'sh', 'shell'];

const FIELD_NAMES = Object.keys(TaskSpec.shape);
const FIELD_LINE = /^[A-Za-z_][\w-]*:(?: |$)/;
const CODE = /(`+)(.+?)\1(?!`)/g;

/** The fields of a task that is written as a list item. */
export function readItem(item: Item): ReadItem {
  const read: ReadItem = { fields: {}, places: new Map(), problems: [] };
  const rest = item.body.map((line) => dedent(line, item.indent));
  let text = item.text;
  let at = 0;
  // A name may go on in the lines below it.
  while (at < rest.length && isProse(rest[at] ?? '')) {
    text += ` ${(rest[at] ?? '').trim()}`;
    rest[at] = '';
    at += 1;
  }
  readText(text, item, read);
  readCode(rest, item, read);
  readFields(rest, item, read);
  return read;
}

/** A line without the indentation of its item; a tab fills it. */
function dedent(line: string, indent: number): string {
  let width = 0;
  let at = 0;
  while (at < line.length && width < indent && /[ \t]/.test(line.charAt(at))) {
    width += line.charAt(at) === '\t' ? 4 : 1;
    at += 1;
  }
  return line.slice(at);
}

function isProse(line: string): boolean {
  return line.trim() !== '' && !FIELD_LINE.test(line) && !/^(?:>|<!--|`{3,}|~{3,}|[-*+] |\d+[.)] )/.test(line);
}

/** The name, with the fields that stand in it as code; an item that is all code is a command. */
function readText(text: string, item: Item, read: ReadItem): void {
  const name = text.replaceAll(CODE, (whole, _ticks, code: string, offset: number) => {
    const [, field, value = ''] = /^\s*([A-Za-z][\w-]*):\s+(\S.*?)\s*$/.exec(code) ?? [];
    if (field === undefined || !isField(field)) return whole;
    const place = { line: item.line, column: item.column + offset };
    if (field in read.fields) read.problems.push(problem(place, 'is given twice', field));
    read.fields[field] = scalar(value);
    read.places.set(field, () => place);
    return '';
  });
  const said = name.replaceAll(/\s+/g, ' ').trim();
  const command = /^(`+)([^`]+)\1$/.exec(said)?.[2]?.trim();
  if (command !== undefined) {
    Object.assign(read.fields, { command: [command], shell: true });
    read.fields.name ??= command.slice(0, 200);
  } else if (said !== '') read.fields.name ??= said;
}

/** A word that is a field, or so near to one that it must have been meant: the check then says which. */
function isField(word: string): boolean {
  return FIELD_NAMES.includes(word) || nearest(word, FIELD_NAMES, 1).length > 0;
}

function scalar(text: string): unknown {
  try {
    return parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Takes code blocks, quotes and comments out of the lines, and leaves blank ones for them. */
function readCode(lines: string[], item: Item, read: ReadItem): void {
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? '';
    if (line.startsWith('>')) lines[at] = '';
    if (line.startsWith('<!--')) {
      const end = lines.findIndex((each, index) => index >= at && each.includes('-->'));
      lines.fill('', at, end === -1 ? lines.length : end + 1);
    }
    const [, fence, word = ''] = /^(`{3,}|~{3,})[ ]*([\w+-]*)/.exec(line) ?? [];
    if (fence === undefined) continue;
    const place = { line: item.line + 1 + at, column: item.indent + 1 };
    const end = lines.findIndex((each, index) => index > at && each.trimStart().startsWith(fence));
    if (end === -1)
      read.problems.push(problem(place, `the code block that begins here has no end: close it with ${fence}`));
    else if (read.places.has('command')) read.problems.push(problem(place, 'a task has one code block', 'command'));
    const code = lines.slice(at + 1, end === -1 ? lines.length : end).join('\n');
    setCommand(code, word.toLowerCase(), place, read);
    lines.fill('', at, end === -1 ? lines.length : end + 1);
  }
}

function setCommand(code: string, word: string, place: Place, read: ReadItem): void {
  const interpreter = INTERPRETERS[word];
  if (interpreter === undefined && !SHELL.includes(word)) {
    const known = [...SHELL.slice(1), ...Object.keys(INTERPRETERS)].join(', ');
    read.problems.push(problem(place, `a code block of "${word}" cannot be run: give one of ${known}`, 'command'));
  }
  Object.assign(read.fields, interpreter ? { command: [...interpreter, code] } : { command: [code], shell: true });
  read.places.set('command', () => place);
}

/** `field: value` lines, which may be any YAML. */
function readFields(lines: readonly string[], item: Item, read: ReadItem): void {
  // A line that begins with a bracket ends a value that an earlier one began.
  const stray = lines.findIndex((line) => isProse(line) && !/^[\s\]}]/.test(line));
  if (stray !== -1) {
    const place = { line: item.line + 1 + stray, column: item.indent + 1 };
    read.problems.push(problem(place, 'not understood: write `field: value`, a code block, or a remark behind >'));
    return;
  }
  // Blank lines stand for all that came before, so that lines keep their numbers.
  const text = `${'\n'.repeat(item.line)}${lines.join('\n')}`;
  if (text.trim() === '') return;
  const { entries, broken } = readYaml(text);
  const problems = broken.flatMap((each) => each.problems);
  const shifted = (place: Place): Place => ({
    ...place,
    column: place.column === null ? null : place.column + item.indent,
  });
  read.problems.push(...problems.map((each) => ({ ...each, ...shifted(each) })));
  const [entry] = entries;
  if (problems.length > 0 || entry === undefined) return;
  const given = entry.value;
  if (entries.length > 1 || typeof given !== 'object' || given === null) {
    const message = 'not understood: write `field: value`, a code block, or a remark behind >';
    read.problems.push(problem({ line: entry.line, column: item.indent + 1 }, message));
    return;
  }
  for (const [field, value] of Object.entries(given)) {
    const locate = (path: readonly (string | number)[]) => shifted(entry.locate([field, ...path]));
    if (read.places.has(field)) read.problems.push(problem(locate([]), 'is given twice', field));
    read.fields[field] = value;
    read.places.set(field, locate);
  }
}
