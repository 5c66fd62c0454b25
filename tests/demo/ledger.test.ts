import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { leastGapMs, readIntervals, type SignOfLife } from '../../demo/ledger.ts';

function ledger(signs: readonly SignOfLife[], rest = ''): string {
  const folder = mkdtempSync(join(tmpdir(), 'ledger-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'signs.jsonl');
  writeFileSync(file, signs.map((sign) => `${JSON.stringify(sign)}\n`).join('') + rest);
  return file;
}

it('makes an interval of the signs of life of each attempt, but not of a line half written [T4]', () => {
  const signs = [1, 2, 3].map((at) => ({ attempt: 1, pid: 10, at }));
  const file = ledger([...signs, { attempt: 2, pid: 11, at: 9 }], '{"attempt":2,"pid":11,"a');
  expect(readIntervals(file)).toEqual([
    { attempt: 1, pid: 10, from: 1, to: 3 },
    { attempt: 2, pid: 11, from: 9, to: 9 },
  ]);
  expect(leastGapMs(readIntervals(file))).toBe(6);
  expect(readIntervals(`${file}.none`)).toEqual([]);
});

it('refuses to call it a success when a task ran twice at once [P2]', () => {
  const signs = [
    { attempt: 1, pid: 10, at: 1 },
    { attempt: 2, pid: 11, at: 5 },
    { attempt: 1, pid: 10, at: 6 },
  ];
  expect(() => leastGapMs(readIntervals(ledger(signs)))).toThrow('attempts 1 and 2 ran at the same time');
});
