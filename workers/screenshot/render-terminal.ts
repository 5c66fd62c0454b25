import { parseAnsi } from './ansi.ts';
import { darkTheme } from './palette.ts';
import { type Png, svgToPng } from './png.ts';
import { renderSvg } from './svg.ts';

export interface TerminalText {
  /** What a terminal shows, lines ended by newlines, colours as SGR sequences. */
  text: string;
  columns: number;
  rows: number;
  title: string;
}

/** Rasterises terminal text as a picture of a terminal window. */
export function renderTerminal({ text, columns, rows, title }: TerminalText, signal?: AbortSignal): Promise<Png> {
  return svgToPng(renderSvg(parseAnsi(text, columns, rows, darkTheme), title, darkTheme), signal);
}
