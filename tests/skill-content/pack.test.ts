import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { SKILL_LIMITS } from '../../schemas/skill.ts';
import { digestOf, writeArchive } from '../../workers/skill-content/archive.ts';
import { openSkill, packSkill } from '../../workers/skill-content/pack.ts';
import { filesOf } from './support.ts';

const run = { 'bin/run': '#!/bin/sh\necho hi\n' };

describe('a packed skill', () => {
  it('comes back as it was, from parts that each fit a payload [R3]', async () => {
    const files = [
      ...filesOf('a', { requires: 'zfs linux', entry: 'bin/run', files: run }),
      { path: 'noise', executable: false, data: randomBytes(1_000_000) },
    ];
    const { contents, parts } = await packSkill(files, 'a');
    expect(parts.length).toBe(3);
    for (const part of parts) expect(part.toString('base64').length).toBeLessThan(512 * 1024);
    expect(contents).toMatchObject({ name: 'a', requires: ['linux', 'zfs'], entry: 'bin/run', files: 3 });
    expect(contents.digest).toBe(digestOf(writeArchive(files)));
    const opened = await openSkill(contents, parts);
    expect(opened.contents).toEqual(contents);
    expect(opened.instructions).toBe('Do it well.');
    expect(writeArchive(opened.files).equals(writeArchive(files))).toBe(true);
  });

  it('is refused when it is too large compressed, with both sizes [R3] [T2]', async () => {
    const noise = { path: 'noise', executable: false, data: randomBytes(SKILL_LIMITS.packedBytes) };
    await expect(packSkill([...filesOf('a'), noise], 'a')).rejects.toThrow(
      'a: takes 8 MiB compressed, and a skill may take 8 MiB',
    );
  });

  it.each([
    ['a part is missing', (parts: Buffer[]) => parts.slice(1)],
    ['a byte is another', (parts: Buffer[]) => [...parts.slice(0, -1), flipped(parts.at(-1))]],
    ['it is empty', () => []],
  ])('is refused when %s [R3] [T1]', async (_what, damage) => {
    const noise = { path: 'noise', executable: false, data: randomBytes(500_000) };
    const { contents, parts } = await packSkill([...filesOf('a'), noise], 'a');
    await expect(openSkill(contents, damage(parts))).rejects.toThrow('the content of the skill a: ');
  });

  it('is refused when it is sound but another than its digest says [R3] [T1]', async () => {
    const [one, other] = await Promise.all([
      packSkill(filesOf('a'), 'a'),
      packSkill(filesOf('a', { files: run }), 'a'),
    ]);
    await expect(openSkill(one.contents, other.parts)).rejects.toThrow(
      `is not what its digest says: a@${one.contents.digest}, and it is ${other.contents.digest}`,
    );
  });

  it('is not unpacked further than a skill may be, however small it came [R3] [T2]', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 ** 2));
    expect(bomb.length).toBeLessThan(SKILL_LIMITS.packedBytes);
    const before = process.memoryUsage().arrayBuffers;
    await expect(openSkill({ name: 'a', digest: '0'.repeat(64) }, [bomb])).rejects.toThrow('cannot be unpacked');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 ** 2);
  });
});

describe('a skill', () => {
  it.each([
    ['no SKILL.md', filesOf('a').slice(1), 'a/SKILL.md: is missing'],
    ['another name than its folder', filesOf('b'), 'a/SKILL.md: name: is "b" and must be that of its folder, "a"'],
    ['an entry that is not there', filesOf('a', { entry: 'run.mjs' }), 'metadata.colibri-entry: there is no file'],
    ['an entry out of the folder', filesOf('a', { entry: '../run.mjs' }), 'metadata.colibri-entry: leaves the folder'],
    ['an absolute entry', filesOf('a', { entry: '/bin/sh' }), 'metadata.colibri-entry: is absolute'],
    [
      'an entry that cannot be run',
      filesOf('a', { entry: 'run.py', files: { 'run.py': 'print()' } }),
      'metadata.colibri-entry: "run.py" cannot be run: make it executable (chmod +x)',
    ],
  ])('with %s is refused [R3] [T2]', async (_what, files, message) => {
    await expect(packSkill(files, 'a')).rejects.toThrow(message);
  });
});

function flipped(part: Buffer | undefined): Buffer {
  const copy = Buffer.from(part ?? []);
  copy[copy.length >> 1] = (copy[copy.length >> 1] ?? 0) ^ 1;
  return copy;
}
