const KEEP_CHARACTERS = 16_384;
const KEEP_LINES = 20;
const MAX_LINE = 400;

/** The last lines of an agent's output, both streams as they came, in bounded memory. */
export class OutputTail {
  #text = '';

  push(piece: string): void {
    this.#text = (this.#text + piece).slice(-KEEP_CHARACTERS);
  }

  /** At most 20 lines, oldest first, long ones cut, control characters left out. */
  lines(): string[] {
    const lines = this.#text
      .split(/\r?\n/)
      // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is to go
      .map((line) => line.replace(/\u001b\[[0-9;?]*[A-Za-z]/g, '').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, ''))
      .filter((line) => line.trim() !== '');
    return lines.slice(-KEEP_LINES).map((line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line));
  }
}
