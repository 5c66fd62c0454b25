import { describe, expect, it } from 'vitest';
import { parseAnsi } from '../../workers/screenshot/ansi.ts';
import { darkTheme as theme } from '../../workers/screenshot/palette.ts';

const ESC = '\x1b';
const parse = (text: string, columns = 12, rows = 1) => parseAnsi(text, columns, rows, theme);
const textOf = (text: string, columns?: number, rows?: number) =>
  parse(text, columns, rows).map((line) => line.map((cell) => cell.text).join(''));
const styleOf = (sgr: string) => parse(`${ESC}[${sgr}mx`)[0]?.[0]?.style;

describe('terminal text', () => {
  it('fills lines and rows to the size asked for and cuts what is beyond [R7]', () => {
    expect(textOf('abcdef\nx\ny\nz\n', 4, 3)).toEqual(['abcd', 'x   ', 'y   ']);
    expect(textOf('', 3, 2)).toEqual(['   ', '   ']);
  });

  it.each([
    ['31', { foreground: theme.named[1] }],
    ['94', { foreground: theme.named[12] }],
    ['102', { background: theme.named[10] }],
    ['38;5;196', { foreground: '#ff0000' }],
    ['48;5;244', { background: '#808080' }],
    ['38;2;1;2;255', { foreground: '#0102ff' }],
    ['38:2::1:2:255', { foreground: '#0102ff' }],
    ['1;38;5;46;4', { bold: true, foreground: '#00ff00', underline: true }],
    ['58;5;9;3', { italic: true }],
    ['4:3', { underline: true }],
    ['1;2;22', { bold: false, dim: false }],
    ['1;31;0', {}],
    ['', {}],
    ['38;5', { foreground: theme.named[0] }],
  ])('reads the colours and styles of SGR %s [R7]', (sgr, style) => {
    expect(styleOf(sgr)).toEqual(style);
  });

  it('carries style over line ends, as tmux writes it [R7]', () => {
    const [, second] = parse(`${ESC}[32ma\nb${ESC}[0mc`, 4, 2);
    expect(second?.map((cell) => cell.style.foreground)).toEqual([theme.named[2], undefined, undefined, undefined]);
  });

  it('gives wide characters two cells, joins combining ones, and never splits at the edge [R7]', () => {
    expect(parse('漢e\u0301x', 5)[0]?.map((cell) => cell.text)).toEqual(['漢', '', 'e\u0301', 'x', ' ']);
    expect(textOf('abc漢', 4)).toEqual(['abc ']);
  });

  it('draws DEC graphics as line drawing and skips every other escape sequence [R7]', () => {
    expect(textOf('\x0elqk\x0flqk')).toEqual(['┌─┐lqk      ']);
    expect(textOf(`${ESC}]8;;http://x${ESC}\\a${ESC}]0;t\x07b${ESC}(B${ESC}[2Kc${ESC}7d\x07\r`)).toEqual([
      'abcd        ',
    ]);
  });
});
