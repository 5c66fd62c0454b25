import { describe, expect, it } from 'vitest';
import { renderTerminal, ScreenshotError, svgToPng } from '../../workers/screenshot/index.ts';
import { layout, pictureSize } from '../../workers/screenshot/layout.ts';
import { darkTheme } from '../../workers/screenshot/palette.ts';
import { decodePng, type Picture } from './decode-png.ts';

const { cellWidth, cellHeight, margin, padding, titleBar } = layout;
const left = margin + padding;
const top = margin + padding + titleBar;

async function draw(text: string, columns: number, rows: number): Promise<Picture> {
  return decodePng((await renderTerminal({ text, columns, rows, title: 'a <b> & "c"' })).data);
}

describe('the rasteriser', () => {
  it('makes a picture of exactly the size that columns and rows ask for [R7]', async () => {
    const { width, height } = await draw('hello', 31, 7);
    expect({ width, height }).toEqual(pictureSize(31, 7));
  });

  it('joins box-drawing lines over cell borders without a gap, at every weight [R7]', async () => {
    const weights = [
      '┌─┬─┐\n│ │ │\n├─┼─┤\n└─┴─┘',
      '┏━┳━┓\n┃ ┃ ┃\n┣━╋━┫\n┗━┻━┛',
      '╔═╦═╗\n║ ║ ║\n╠═╬═╣\n╚═╩═╝',
      '╭───╮\n│   │\n│   │\n╰───╯',
    ];
    const picture = await draw(weights.join('\n'), 5, 16);
    for (const [at, weight] of weights.entries()) {
      const inset = weight.startsWith('╔') ? -3 : 0;
      const y = top + at * 4 * cellHeight + cellHeight / 2 + inset;
      const x = left + cellWidth / 2 + inset;
      // Down the left side and along the upper one, from one line's centre to the next: never the background.
      for (let step = cellHeight / 2; step < 2.5 * cellHeight; step += 1)
        expect(picture.at(x, y + step)).toBe(darkTheme.foreground);
      for (let step = cellWidth / 2; step < 3.5 * cellWidth; step += 1)
        expect(picture.at(x + step, y)).toBe(darkTheme.foreground);
    }
  });

  it('fills cells with their background and blocks with their colour to the last pixel [R7]', async () => {
    const picture = await draw('\x1b[48;2;200;10;10m \x1b[0;38;2;10;200;10m█\x1b[7m \x1b[0m▀', 4, 1);
    const corners = [0, 1, 2].map((cell) => {
      const x = left + cell * cellWidth;
      return [picture.at(x, top), picture.at(x + cellWidth - 1, top + cellHeight - 1)];
    });
    expect(corners).toEqual([Array(2).fill('#c80a0a'), Array(2).fill('#0ac80a'), Array(2).fill('#0ac80a')]);
    expect(picture.at(left + 3 * cellWidth, top + cellHeight / 2 - 1)).toBe(darkTheme.foreground);
    expect(picture.at(left + 3 * cellWidth, top + cellHeight / 2)).toBe(darkTheme.background);
  });

  it('draws letters, and other letters for bold and italic [R7]', async () => {
    const picture = await draw('M\x1b[1mM\x1b[0;3mM \x1b[8mM', 5, 1);
    const ink = [0, 1, 2, 4].map((cell) => {
      const map: boolean[] = [];
      for (let y = top; y < top + cellHeight; y += 1)
        for (let x = 0; x < cellWidth; x += 1)
          map.push(picture.at(left + cell * cellWidth + x, y) !== darkTheme.background);
      return map.map(Number).join('');
    });
    expect(new Set(ink).size).toBe(4);
    expect(ink[3]).not.toContain('1');
  });

  it('says what is wrong with a document that is no SVG [R7]', async () => {
    const failure = await svgToPng('<svg').catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ScreenshotError);
    expect((failure as Error).message).toMatch(/^the rasteriser failed: .+/);
  });
});
