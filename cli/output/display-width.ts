import { charWidth } from '../../workers/screenshot/char-width.ts';

// biome-ignore lint/suspicious/noControlCharactersInRegex: colour codes take no room
const COLOR_CODES = /\x1b\[[0-9;]*m/g;

/** Terminal cells that a text takes, colour codes left out. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text.replaceAll(COLOR_CODES, '')) width += charWidth(char);
  return width;
}

/** A text cut to a width in cells, with an ellipsis for what is left out. It carries no colour: a code could be cut. */
export function cutToWidth(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  for (const char of text) {
    if (displayWidth(kept + char) > width - 1) break;
    kept += char;
  }
  return `${kept}…`;
}
