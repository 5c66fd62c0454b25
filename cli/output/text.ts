import { displayWidth } from './display-width.ts';

/** Control characters, escape sequences among them: what agents and strangers wrote must not command a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;
const CONTROLS = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** Text of others as one line that is safe to print. */
export function oneLine(text: string): string {
  return text
    .replaceAll(ESCAPES, '')
    .replaceAll(/\s*[\r\n]+\s*/g, ' ')
    .replaceAll(CONTROLS, ' ')
    .trim();
}

/** Text of others as it stands in its line: tabs stay, what commands the terminal goes. */
export function safeLine(text: string): string {
  return text.replaceAll(ESCAPES, '').replaceAll(CONTROLS, (char) => (char === '\t' ? char : ''));
}

/** Text of others as it stands in an error, which may be about the very characters that cannot be seen. */
export function visible(text: string): string {
  return text.replaceAll(CONTROLS, (char) => {
    const code = char.codePointAt(0) ?? 0;
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** Arguments as one would type them: quoted where a shell would take them apart. */
export function commandLine(args: readonly string[]): string {
  return oneLine(
    args.map((arg) => (/^[\w@%+=:,./-]+$/.test(arg) ? arg : `'${arg.replaceAll("'", "'\\''")}'`)).join(' '),
  );
}

/** Breaks text into lines of at most `width` cells, at blanks where there are any. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((long) => pieces(long, width))) {
    if (line !== '' && displayWidth(line) + 1 + displayWidth(word) > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** A word in pieces that fit a line. */
function pieces(word: string, width: number): string[] {
  const parts = [''];
  for (const char of word) {
    if (displayWidth(`${parts.at(-1)}${char}`) > width) parts.push(char);
    else parts[parts.length - 1] += char;
  }
  return parts;
}
