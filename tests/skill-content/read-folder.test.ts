import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SKILL_LIMITS } from '../../schemas/skill.ts';
import { digestOf, writeArchive } from '../../workers/skill-content/archive.ts';
import { readSkillFolder } from '../../workers/skill-content/read-folder.ts';
import { tempFolder, writeSkill } from './support.ts';

describe('the folder of a skill', () => {
  it('is read whole, with what may be executed, and without what tools leave there [R3]', async () => {
    const folder = writeSkill(tempFolder(), 'a', {
      files: { 'bin/run': '#!/bin/sh\n', 'data/x.txt': 'x', '.hidden': 'h', '.git/HEAD': 'ref', '.DS_Store': '?' },
    });
    const files = await readSkillFolder(folder);
    expect(files.map(({ path, executable }) => `${executable ? 'x' : '-'} ${path}`).sort()).toEqual([
      '- .hidden',
      '- SKILL.md',
      '- data/x.txt',
      'x bin/run',
    ]);
  });

  it('has the same digest wherever it lies, whenever and by whomever it was written [R3]', async () => {
    const source = { files: { 'bin/run': '#!/bin/sh\n', b: '2', a: '1' } };
    const folders = [writeSkill(tempFolder(), 'a', source), writeSkill(tempFolder(), 'a', source)];
    execFileSync('touch', ['-d', '2001-01-01', join(folders[0] ?? '', 'a')]);
    execFileSync('chmod', ['0700', join(folders[0] ?? '', 'bin/run')]);
    const digests = await Promise.all(folders.map(async (each) => digestOf(writeArchive(await readSkillFolder(each)))));
    expect(new Set(digests).size).toBe(1);
  });

  it('takes a symbolic link to one of its own files as that file [R3]', async () => {
    const folder = writeSkill(tempFolder(), 'a', { files: { 'bin/run': '#!/bin/sh\necho\n' } });
    symlinkSync('bin/run', join(folder, 'go'));
    const go = (await readSkillFolder(folder)).find(({ path }) => path === 'go');
    expect({ ...go, data: String(go?.data) }).toEqual({ path: 'go', executable: true, data: '#!/bin/sh\necho\n' });
  });

  it.each([
    ['/etc/passwd', 'leads out of the folder'],
    ['../other', 'leads out of the folder'],
    ['gone', 'leads nowhere'],
    ['link', 'leads nowhere'],
    ['data', 'is a symbolic link to what is no file'],
    ['.', 'is a symbolic link to what is no file'],
  ])('refuses a symbolic link to %s [R3] [T1]', async (target, message) => {
    const within = tempFolder();
    writeFileSync(join(within, 'other'), 'x');
    const folder = writeSkill(within, 'a', { files: { 'data/x': 'x' } });
    symlinkSync(target, join(folder, 'link'));
    await expect(readSkillFolder(folder)).rejects.toThrow(new RegExp(`link: .*${message}`));
  });

  it('refuses what is neither file nor folder, and does not wait for it [R3]', async () => {
    const folder = writeSkill(tempFolder(), 'a');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await expect(readSkillFolder(folder)).rejects.toThrow('pipe: is neither a file nor a folder');
  });

  it('refuses files beyond the bound by their size, unread [R3] [T2]', async () => {
    const folder = writeSkill(tempFolder(), 'a');
    writeFileSync(join(folder, 'huge'), '');
    // Sparse: to read it would take minutes and all memory.
    truncateSync(join(folder, 'huge'), 1024 ** 4);
    const began = performance.now();
    await expect(readSkillFolder(folder)).rejects.toThrow('huge: the files of a skill may take 20 MiB together');
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('refuses files that are too large only together [R3] [T2]', async () => {
    const folder = writeSkill(tempFolder(), 'a');
    for (const name of ['x1', 'x2']) writeFileSync(join(folder, name), Buffer.alloc(SKILL_LIMITS.bytes * 0.6));
    await expect(readSkillFolder(folder)).rejects.toThrow(/x[12]: the files of a skill may take 20 MiB together/);
  });

  it('refuses more files than it may have [R3] [T2]', async () => {
    const folder = writeSkill(tempFolder(), 'a');
    mkdirSync(join(folder, 'many'));
    for (let n = 0; n < SKILL_LIMITS.files; n += 1) writeFileSync(join(folder, 'many', String(n)), '');
    await expect(readSkillFolder(folder)).rejects.toThrow('a skill holds at most 2000 files');
  });

  it('refuses names that other systems would take for something else [R3] [T2]', async () => {
    const folder = writeSkill(tempFolder(), 'a');
    writeFileSync(Buffer.concat([Buffer.from(`${folder}/`), Buffer.from([0x61, 0xff])]), '');
    await expect(readSkillFolder(folder)).rejects.toThrow('not UTF-8');
  });

  it('refuses what is no folder [R3] [T2]', async () => {
    const folder = writeSkill(tempFolder(), 'a');
    for (const path of [join(folder, 'SKILL.md'), join(folder, 'nowhere')]) {
      await expect(readSkillFolder(path)).rejects.toThrow('is no folder: name the one that holds SKILL.md');
    }
  });
});
