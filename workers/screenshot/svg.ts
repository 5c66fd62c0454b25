import type { Cell } from './ansi.ts';
import { blockElement } from './block-elements.ts';
import { boxDrawing, rect } from './box-drawing.ts';
import { layout, pictureSize } from './layout.ts';
import { blend, type Theme } from './palette.ts';
import type { Style } from './style.ts';

const MONO = 'DejaVu Sans Mono';

/** Draws lines of cells as a terminal window with a title bar: a complete SVG document. */
export function renderSvg(grid: readonly Cell[][], title: string, theme: Theme): string {
  const columns = grid[0]?.length ?? 0;
  const { width, height } = pictureSize(columns, grid.length);
  const cells = grid.map((line, row) => drawLine(line, row, theme)).join('\n');
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
${drawWindow(width, height, title, theme)}
<g font-family="${MONO}" font-size="${layout.fontSize.toFixed(4)}" xml:space="preserve">
${cells}
</g>
</svg>`;
}

function drawWindow(width: number, height: number, title: string, theme: Theme): string {
  const { margin, titleBar, radius } = layout;
  const [right, bottom] = [width - margin, height - margin];
  const middle = margin + titleBar / 2;
  const lights = ['#f0717a', '#e6c074', '#8ccf7e']
    .map((colour, at) => `<circle cx="${margin + 40 + at * 38}" cy="${middle}" r="11" fill="${colour}"/>`)
    .join('');
  const bar = `M${margin} ${margin + titleBar}V${margin + radius}a${radius} ${radius} 0 0 1 ${radius} -${radius}H${right - radius}a${radius} ${radius} 0 0 1 ${radius} ${radius}V${margin + titleBar}Z`;
  const roomFor = Math.max(0, Math.floor((width - 2 * margin - 340) / 15));
  const shown = title.length > roomFor ? `${title.slice(0, Math.max(0, roomFor - 1))}…` : title;
  return `<defs><linearGradient id="backdrop" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="${theme.backdrop[0]}"/><stop offset="1" stop-color="${theme.backdrop[1]}"/></linearGradient></defs>
<rect width="${width}" height="${height}" fill="url(#backdrop)"/>
<rect x="${margin - 6}" y="${margin + 6}" width="${right - margin + 12}" height="${bottom - margin + 8}" rx="${radius + 6}" fill="#000" fill-opacity="0.22"/>
<rect x="${margin}" y="${margin}" width="${right - margin}" height="${bottom - margin}" rx="${radius}" fill="${theme.background}"/>
<path d="${bar}" fill="${theme.titleBar}"/>
<rect x="${margin}" y="${margin + titleBar - 2}" width="${right - margin}" height="2" fill="${theme.edge}"/>
<rect x="${margin}" y="${margin}" width="${right - margin}" height="${bottom - margin}" rx="${radius}" fill="none" stroke="${theme.edge}" stroke-width="2"/>
${lights}<text x="${width / 2}" y="${middle + 9}" text-anchor="middle" font-family="${MONO}" font-size="25" fill="${theme.titleText}">${escapeXml(shown)}</text>`;
}

function drawLine(line: readonly Cell[], row: number, theme: Theme): string {
  const { cellWidth, cellHeight, baseline, margin, padding, titleBar } = layout;
  const left = margin + padding;
  const y = margin + titleBar + padding + row * cellHeight;
  let [backgrounds, shapes] = ['', ''];
  for (const { from, to, style } of runs(line)) {
    const { ink, paper } = colours(style, theme);
    const x = left + from * cellWidth;
    const width = (to - from) * cellWidth;
    if (paper !== theme.background) backgrounds += rect(x, y, width, cellHeight, paper);
    if (style.hidden) continue;
    if (style.underline) shapes += rect(x, y + baseline + 3, width, 2, ink);
    if (style.struck) shapes += rect(x, y + baseline - 10, width, 2, ink);
    for (const piece of pieces(line, from, to)) {
      const box = { x: left + piece.at * cellWidth, y, width: cellWidth, height: cellHeight };
      const shape = boxDrawing(piece.text, box, ink) ?? blockElement(piece.text, box, ink);
      shapes += shape ?? drawText(piece.text, box.x, y + baseline, style, ink);
    }
  }
  return backgrounds + shapes;
}

function drawText(text: string, x: number, y: number, style: Style, ink: string): string {
  const weight = style.bold ? ' font-weight="700"' : '';
  const slant = style.italic ? ' font-style="italic"' : '';
  return `<text x="${x}" y="${y}" fill="${ink}"${weight}${slant}>${escapeXml(text)}</text>`;
}

function colours(style: Style, theme: Theme): { ink: string; paper: string } {
  let ink = style.foreground ?? theme.foreground;
  let paper = style.background ?? theme.background;
  if (style.inverse) [ink, paper] = [paper, ink];
  return { ink: style.dim ? blend(ink, paper, 0.6) : ink, paper };
}

function* runs(line: readonly Cell[]): Generator<{ from: number; to: number; style: Style }> {
  for (let from = 0; from < line.length; ) {
    const style = line[from]?.style ?? {};
    let to = from + 1;
    while (to < line.length && line[to]?.style === style) to += 1;
    yield { from, to, style };
    from = to;
  }
}

/** Words of plain ASCII go out whole; anything else by itself, so that a glyph of an odd width cannot shift the rest. */
function* pieces(line: readonly Cell[], from: number, to: number): Generator<{ at: number; text: string }> {
  for (let at = from; at < to; ) {
    const start = at;
    let text = line[at]?.text ?? '';
    at += 1;
    if (isPlain(text)) while (at < to && isPlain(line[at]?.text ?? '')) text += line[at++]?.text;
    if (text.trim() !== '') yield { at: start, text };
  }
}

const isPlain = (text: string) => text > ' ' && text <= '~' && text.length === 1;

function escapeXml(text: string): string {
  const legal = text.replace(/[^\t\x20-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '\ufffd');
  return legal.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
