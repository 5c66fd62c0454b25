import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../cli/output/display-width.ts';
import { LineJoiner } from '../../cli/output/line-joiner.ts';
import { table } from '../../cli/output/table.ts';
import { terminalOf } from '../../cli/output/terminal.ts';
import { commandLine, oneLine, safeLine, wrap } from '../../cli/output/text.ts';
import { ago, lasted, localTime, timeAndAgo } from '../../cli/output/time.ts';

describe('times', () => {
  const now = Date.parse('2025-11-21T10:00:00Z');
  it('are told in the largest unit that fits [V1]', () => {
    expect(ago(now - 400, now)).toBe('just now');
    expect(ago(now - 12_900, now)).toBe('12s ago');
    expect(ago(now - 3 * 3_600_000, now)).toBe('3h ago');
    expect(ago(now - 8 * 86_400_000, now)).toBe('8d ago');
    expect(lasted(now - 90_000, now)).toBe('1m');
  });

  it('say so when the clock of a host is ahead, but not for a moment [V1]', () => {
    expect(ago(now + 900, now)).toBe('just now');
    expect(ago(now + 61_000, now)).toBe('in 1m');
  });

  it('stand beside the absolute time [B1]', () => {
    expect(localTime(now)).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
    expect(timeAndAgo(now - 60_000, now)).toBe(`${localTime(now - 60_000)} (1m ago)`);
  });
});

describe('text of others', () => {
  it('cannot command the terminal [T2]', () => {
    expect(oneLine('a\x1b[31mb\x1b]0;title\x07c\r\nd\u202ee')).toBe('abc d e');
    expect(safeLine('a\tb\x1b[2Jc\x9b')).toBe('a\tbc');
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => !/[\p{Cc}]/u.test(oneLine(text))));
  });

  it('quotes arguments where a shell would take them apart [B1]', () => {
    expect(commandLine(['sh', '-c', "echo it's", ''])).toBe(`sh -c 'echo it'\\''s' ''`);
  });

  it('is wrapped at blanks, and cut where there are none [B1]', () => {
    expect(wrap('one two three', 7)).toEqual(['one two', 'three']);
    expect(wrap('abcdefgh', 3)).toEqual(['abc', 'def', 'gh']);
    const words = fc.array(fc.string({ minLength: 1, maxLength: 30 }), { maxLength: 20 });
    fc.assert(fc.property(words, (list) => wrap(list.join(' '), 12).every((line) => displayWidth(line) <= 12)));
  });
});

describe('table', () => {
  it('fits 80 columns, whatever the texts, and never cuts a column that may not give way [B1]', () => {
    const id = 'a1b2c3d4-e5f6-7890-abcd-ef0123456789';
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string({ maxLength: 60 }), fc.string({ maxLength: 200 }))), (texts) => {
        const rows = texts.map(([first, second]) => [id, oneLine(first), oneLine(second)]);
        const lines = table(['ID', 'REQUIRES', 'NAME'], rows, { width: 80, flexible: [1, 2] })
          .trimEnd()
          .split('\n');
        expect(lines.every((line) => displayWidth(line) <= 80)).toBe(true);
        expect(lines.slice(1).every((line) => line.startsWith(id))).toBe(true);
      }),
    );
  });

  it('aligns wide and coloured characters, and numbers to the right [B1]', () => {
    const rows = [
      ['日本', '\x1b[32mdone\x1b[39m', '7'],
      ['ab', 'x', '42'],
    ];
    expect(table(['A', 'B', 'N'], rows, { width: 80, flexible: [], right: [2] })).toBe(
      'A     B      N\n日本  \x1b[32mdone\x1b[39m   7\nab    x     42\n',
    );
  });

  it('goes on in the next line where a column is to be read whole [B1]', () => {
    const text = table(['TAG', 'HOW'], [['docker', 'the daemon does not answer']], {
      width: 24,
      flexible: [],
      wrapped: 1,
    });
    expect(text).toBe('TAG     HOW\ndocker  the daemon does\n        not answer\n');
  });
});

describe('terminalOf', () => {
  it('allows colour only on a terminal and never with NO_COLOR [B5]', () => {
    expect(terminalOf({ isTTY: true, columns: 120 }, {})).toMatchObject({ color: true, columns: 120 });
    expect(terminalOf({ isTTY: true }, { NO_COLOR: '1' }).color).toBe(false);
    expect(terminalOf({ isTTY: true }, { TERM: 'dumb' }).color).toBe(false);
    expect(terminalOf({}, { FORCE_COLOR: '1' })).toMatchObject({ color: false, columns: 80 });
  });
});

describe('LineJoiner', () => {
  it('makes the same lines of a stream however it is cut into pieces [S2]', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[ab\n]{0,6}$/)), (pieces) => {
        const joiner = new LineJoiner();
        const lines = pieces.flatMap((piece) => joiner.add('stdout', piece));
        const rest = joiner.end().map(({ text }) => text);
        expect([...lines, ...rest].join('\n')).toBe(pieces.join('').replace(/\n$/, ''));
      }),
    );
  });

  it('keeps the streams apart and bounds a line that never ends [S2]', () => {
    const joiner = new LineJoiner();
    expect(joiner.add('stdout', 'a')).toEqual([]);
    expect(joiner.add('stderr', 'b\n')).toEqual(['b']);
    expect(joiner.add('stdout', 'c\r\nd')).toEqual(['ac']);
    expect(joiner.end()).toEqual([{ stream: 'stdout', text: 'd' }]);
    expect(joiner.add('stdout', 'x'.repeat(70_000))).toHaveLength(1);
  });
});
