import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InvalidInput } from '../../schemas/parse.ts';
import { problemOfPath } from '../../schemas/skill.ts';
import { digestOf, readArchive, type SkillFile, writeArchive } from '../../workers/skill-content/archive.ts';

const name = fc.stringMatching(/^[a-zäß中.-]{1,6}$/u).filter((part) => part !== '.' && part !== '..');
const path = fc
  .array(name, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('/'))
  .filter((text) => problemOfPath(text) === null);
const file: fc.Arbitrary<SkillFile> = fc.record({
  path,
  executable: fc.boolean(),
  data: fc.uint8Array({ maxLength: 40 }),
});
/** No path twice, and none that is a folder of another. */
const fileSet = fc
  .uniqueArray(file, { selector: (each) => each.path, maxLength: 8 })
  .filter((files) => !files.some((a) => files.some((b) => b.path.startsWith(`${a.path}/`))));

const plain = (files: readonly SkillFile[]) =>
  [...files]
    .map((each) => ({ ...each, data: Buffer.from(each.data).toString('hex') }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));

describe('the canonical archive', () => {
  it('is the same for the same files in any order, and gives them back [R3]', () => {
    fc.assert(
      fc.property(
        fileSet.chain((files) => fc.tuple(fc.constant(files), fc.shuffledSubarray(files, { minLength: files.length }))),
        ([files, shuffled]) => {
          const archive = writeArchive(files);
          expect(writeArchive(shuffled).equals(archive)).toBe(true);
          expect(plain(readArchive(archive, 'x'))).toEqual(plain(files));
        },
      ),
    );
  });

  it('differs with each name, bit and mode [R3]', () => {
    const base = { path: 'a', executable: false, data: Buffer.from('1') };
    const others = [
      [base],
      [{ ...base, path: 'b' }],
      [{ ...base, executable: true }],
      [{ ...base, data: Buffer.from('2') }],
      [base, { ...base, path: 'b', data: Buffer.alloc(0) }],
      [{ ...base, data: Buffer.from('1- 0 b\0') }],
    ];
    expect(new Set(others.map((files) => digestOf(writeArchive(files)))).size).toBe(others.length);
  });

  it('keeps its digest from one version to the next [R3]', () => {
    const files = [
      { path: 'SKILL.md', executable: false, data: Buffer.from('---\n') },
      { path: 'bin/run', executable: true, data: Buffer.from('#!/bin/sh\n') },
    ];
    expect(writeArchive(files).toString('latin1')).toBe(
      'colibri-skill 1\n- 4 SKILL.md\0---\nx 10 bin/run\0#!/bin/sh\n',
    );
    expect(digestOf(writeArchive(files))).toBe('8d662be9613197dfe10194ac11031f55a3e861ed971c4470d630ecd989516b5c');
  });

  it.each([
    ['no archive at all', 'PK', 'is no archive of a skill'],
    ['a path that climbs out', '- 0 ../x\0', 'leaves the folder'],
    ['a path that climbs out in its midst', '- 0 a/../../x\0', 'leaves the folder'],
    ['an absolute path', '- 0 /etc/passwd\0', 'is absolute'],
    ['a path with an empty part', '- 0 a//b\0', 'is not in its shortest form'],
    ['a path with a line break', '- 0 a\nb\0', 'control character'],
    ['a file twice', '- 0 a\0- 0 a\0', 'are not in order'],
    ['files out of order', '- 0 b\0- 0 a\0', 'are not in order'],
    ['a file that is a folder too', '- 0 a\0- 0 a/b\0', 'both a file and a folder'],
    ['a mode of another kind', 'l 4 a\0/etc', 'is damaged'],
    ['a size written otherwise', '- 01 a\0x', 'is damaged'],
    ['fewer bytes than said', '- 9 a\0x', 'ends within "a"'],
    ['bytes after its end', '- 1 a\0xyz', 'is damaged'],
  ])('refuses %s [R3] [T1]', (what, body, message) => {
    const archive = Buffer.from(what === 'no archive at all' ? body : `colibri-skill 1\n${body}`, 'latin1');
    expect(() => readArchive(archive, 'the skill')).toThrow(InvalidInput);
    expect(() => readArchive(archive, 'the skill')).toThrow(message);
  });

  it('refuses any archive with one byte changed, or reads it as other files [R3]', () => {
    const files = [
      { path: 'a', executable: false, data: Buffer.from('one') },
      { path: 'b/c', executable: true, data: Buffer.from('two') },
    ];
    const archive = writeArchive(files);
    fc.assert(
      fc.property(fc.nat(archive.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
        const changed = Buffer.from(archive);
        changed[at] = (changed[at] ?? 0) ^ by;
        let read: SkillFile[];
        try {
          read = readArchive(changed, 'x');
        } catch (error) {
          expect(error).toBeInstanceOf(InvalidInput);
          return;
        }
        expect(writeArchive(read).equals(changed)).toBe(true);
        expect(plain(read)).not.toEqual(plain(files));
      }),
    );
  });
});
