import { displayWidth } from '../cli/output/display-width.ts';
import type { RenderContext } from '../cli/output/render.ts';
import { type Paint, terminalOf } from '../cli/output/terminal.ts';
import { safeLine } from '../cli/output/text.ts';
import { machineClockMs } from './ledger.ts';

export type Output = NodeJS.WritableStream & { isTTY?: boolean; columns?: number };

/** Room at the left for the seconds that have passed. */
const MARGIN = 8;
/** Lines longer than this are hard to read, however wide the terminal is. */
const WIDEST = 96;

/** Tells the story: headings, what happens and when, commands one could type, and what others print. */
export class Teller {
  readonly paint: Paint;
  readonly columns: number;
  readonly startedAtMs = machineClockMs();
  readonly #out: Output;
  #chapter = 0;
  #blank = false;

  constructor(out: Output) {
    this.#out = out;
    const terminal = terminalOf(out);
    this.paint = terminal.paint;
    this.columns = Math.min(terminal.columns, WIDEST);
  }

  /** What the renderers of the command line need to draw inside the margin. */
  get context(): RenderContext {
    const color = this.paint.isColorSupported;
    return { paint: this.paint, color, columns: this.columns - MARGIN, nowMs: Date.now() };
  }

  /** Seconds since the demo began, of a time on the machine's clock. */
  secondsAt(machineMs: number): number {
    return (machineMs - this.startedAtMs) / 1000;
  }

  /** The same of a point in time as the server writes it. */
  secondsOf(iso: string): number {
    return this.secondsAt(Date.parse(iso) - Date.now() + machineClockMs());
  }

  title(text: string, rest: string): void {
    this.gap();
    this.#line(` ${this.paint.bold(text)}  ${this.paint.dim(rest)}`);
    this.gap();
  }

  chapter(title: string): void {
    this.#chapter += 1;
    this.gap();
    this.#line(` ${this.paint.bold(`${this.#chapter}  ${title}`)}`);
    this.gap();
  }

  /** Something has happened, now. */
  say(text: string): void {
    const seconds = `${this.secondsAt(machineClockMs()).toFixed(1)}s`.padStart(MARGIN - 2);
    const [first = '', ...rest] = this.#wrapped(text);
    this.#line(`${this.paint.dim(seconds)}  ${first}`);
    for (const line of rest) this.#indented(line);
  }

  /** More about it, at no time of its own. */
  add(text: string): void {
    for (const line of this.#wrapped(text)) this.#indented(line);
  }

  /** One empty line, never two. */
  gap(): void {
    if (!this.#blank) this.#line('');
  }

  /** Commands by which one would do or see the same. */
  commands(...lines: readonly string[]): void {
    this.gap();
    for (const line of lines) this.#indented(this.paint.dim(`$ ${line}`));
  }

  /** Moves off a line on which the terminal has shown ^C. */
  leaveLine(): void {
    this.#blank = false;
    this.gap();
  }

  /** What a renderer of the command line made: lines that stay as they are. */
  block(text: string): void {
    this.gap();
    for (const line of text.replace(/\n+$/, '').split('\n')) this.#indented(line);
    this.gap();
  }

  /** One line of an agent's output, live. */
  output(host: string, text: string): void {
    this.say(`${this.paint.cyan('|')} ${host.padEnd(9)}${safeLine(text)}`);
  }

  /** Lines that fit beside the margin; colours take no room. */
  #wrapped(text: string): string[] {
    const lines: string[] = [];
    for (const word of text.split(' ')) {
      const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
      if (lines.length === 0 || displayWidth(longer) > this.columns - MARGIN) lines.push(word);
      else lines[lines.length - 1] = longer;
    }
    return lines;
  }

  #indented(line: string): void {
    this.#line(`${' '.repeat(MARGIN)}${line}`.trimEnd());
  }

  #line(text: string): void {
    this.#blank = text === '';
    this.#out.write(`${text}\n`);
  }
}
