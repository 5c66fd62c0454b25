import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SessionEvent } from '../../schemas/session-event.ts';
import { OutputDecoder } from '../../workers/host/output-decoder.ts';
import { OutputTail } from '../../workers/host/output-tail.ts';
import { Transcript } from '../../workers/host/transcript.ts';

function decode(chunks: readonly Buffer[]): string[] {
  const decoder = new OutputDecoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.end()];
}

describe('decoding an agent’s output', () => {
  it('gives the text as it was, wherever the bytes were cut [S2]', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 200 }),
        fc.array(fc.nat(50), { maxLength: 20 }),
        (text, cuts) => {
          const bytes = Buffer.from(text);
          const chunks: Buffer[] = [];
          let from = 0;
          for (const cut of cuts) {
            chunks.push(bytes.subarray(from, from + cut));
            from += cut;
          }
          chunks.push(bytes.subarray(from));
          expect(decode(chunks).join('')).toBe(bytes.toString('utf8'));
        },
      ),
    );
  });

  it('replaces bad bytes and keeps NUL, so that nothing that follows chokes on them [S2]', () => {
    const text = decode([Buffer.from([0x61, 0xff, 0x00, 0xc3]), Buffer.from([0x28, 0xe2, 0x82])]).join('');
    expect(text).toBe('a\uFFFD\0\uFFFD(\uFFFD');
    expect(JSON.parse(JSON.stringify(text))).toBe(text);
  });

  it('cuts a long line in pieces and never through a character [S2]', () => {
    const pieces = decode([Buffer.from(`x${'😀'.repeat(20_000)}`)]);
    expect(Math.max(...pieces.map((piece) => piece.length))).toBeLessThanOrEqual(16_384);
    for (const piece of pieces) expect(piece.isWellFormed()).toBe(true);
  });
});

describe('the tail of an agent’s output', () => {
  it('keeps the last lines without colours, however much came before [S2]', () => {
    const tail = new OutputTail();
    for (let i = 0; i < 50_000; i += 1) tail.push(`\u001b[32mline ${i}\u001b[0m\n`);
    expect(tail.lines()).toHaveLength(20);
    expect(tail.lines().at(-1)).toBe('line 49999');
  });

  it('cuts a line that has no end [S2]', () => {
    const tail = new OutputTail();
    for (let i = 0; i < 100; i += 1) tail.push('y'.repeat(16_384));
    expect(tail.lines()).toHaveLength(1);
    expect(tail.lines()[0]?.length).toBe(401);
  });
});

describe('the transcript of a session', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'transcript-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const output = (n: number, text: string): SessionEvent => ({ type: 'output', n, at: n, stream: 'stdout', text });
  const read = (file: string) =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => SessionEvent.parse(JSON.parse(line)));

  it('is whole, in order and the owner’s alone [S2]', async () => {
    const file = join(folder, 'events.jsonl');
    const transcript = new Transcript(file, 1e9);
    const events = Array.from({ length: 1_000 }, (_, i) => output(i + 1, `${i}\n`));
    for (const event of events) await transcript.write([event]);
    await transcript.close();
    expect(read(file)).toEqual(events);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('stops at its bound with one marker, and still takes what is not output [S2]', async () => {
    const file = join(folder, 'events.jsonl');
    const transcript = new Transcript(file, 500);
    for (let n = 1; n <= 100; n += 1) await transcript.write([output(n, 'x'.repeat(50))]);
    await transcript.write([
      { type: 'ended', n: 101, at: 101, outcome: 'succeeded', exitCode: 0, signal: null, summary: '' },
    ]);
    await transcript.close();
    const types = read(file).map((event) => event.type);
    expect(transcript.capped).toBe(true);
    expect(types.filter((type) => type === 'transcript-capped')).toHaveLength(1);
    expect(types.at(-1)).toBe('ended');
    expect(statSync(file).size).toBeLessThan(1_000);
  });

  it('says what the disk refused and lets the agent go on [S2]', async () => {
    const transcript = new Transcript(join(folder, 'missing', 'events.jsonl'), 1e9);
    await transcript.write([output(1, 'a')]);
    await transcript.close();
    expect(transcript.failure?.message).toContain('ENOENT');
    expect(transcript.write([output(2, 'b')])).toBeUndefined();
  });
});
