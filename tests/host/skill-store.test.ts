import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InvalidInput } from '../../schemas/parse.ts';
import type { SkillRef } from '../../schemas/skill.ts';
import { deferred } from '../../workers/deferred.ts';
import { takeSkill } from '../../workers/host/session-skill.ts';
import { SkillStore } from '../../workers/host/skill-store.ts';
import { type OpenedSkill, openSkill, packSkill } from '../../workers/skill-content/pack.ts';
import { filesOf, tempFolder } from '../skill-content/support.ts';

const quiet = () => undefined;
const log = { debug: quiet, info: quiet, warn: quiet, error: quiet };
const HOUR_MS = 3_600_000;

async function content(name: string, text = 'echo hi\n'): Promise<OpenedSkill> {
  const files = filesOf(name, { entry: 'bin/run', files: { 'bin/run': `#!/bin/sh\n${text}`, data: text } });
  const { contents, parts } = await packSkill(files, name);
  return openSkill(contents, parts);
}

function storeOf(opened: readonly OpenedSkill[], more: { home?: string; limitBytes?: number } = {}) {
  const { home = tempFolder(), limitBytes = 1e9 } = more;
  const fetched: string[] = [];
  const fetch = async ({ digest }: SkillRef) => {
    fetched.push(digest);
    const found = opened.find(({ contents }) => contents.digest === digest);
    if (!found) throw new InvalidInput('part 1', [{ field: '', message: 'is not on the server' }]);
    return found;
  };
  const store = new SkillStore({ home, fetch, limitBytes, log });
  onTestFinished(() => store.close());
  return { store, home, fetched, folderOf: ({ contents }: OpenedSkill) => join(home, 'skills', contents.digest) };
}

describe('the skills on a host', () => {
  it('are fetched once, kept for their owner alone, and found again without the server [R3] [T1]', async () => {
    const skill = await content('a');
    const { store, home, fetched, folderOf } = storeOf([skill]);
    const taken = await store.take(skill.contents);
    const folder = folderOf(skill);
    expect(taken.skill).toMatchObject({ name: 'a', entry: 'bin/run', folder, instructions: 'Do it well.' });
    expect(readFileSync(join(folder, 'bin/run'), 'utf8')).toBe('#!/bin/sh\necho hi\n');
    const modes = [folder, 'bin', 'bin/run', 'data', 'SKILL.md'].map(
      (path) => statSync(path === folder ? folder : join(folder, path)).mode & 0o777,
    );
    expect(modes).toEqual([0o700, 0o700, 0o700, 0o600, 0o600]);
    expect(statSync(join(home, 'skills')).mode & 0o777).toBe(0o700);
    taken.release();
    const away = storeOf([], { home });
    expect((await away.store.take(skill.contents)).skill.folder).toBe(folder);
    expect([fetched.length, away.fetched.length]).toEqual([1, 0]);
  });

  it('are fetched once by all tasks that want one at the same time [R3]', async () => {
    const skill = await content('a');
    const { promise, resolve } = deferred<void>();
    let asked = 0;
    const store = new SkillStore({
      ...{ home: tempFolder(), limitBytes: 1e9, log },
      fetch: async () => {
        asked += 1;
        await promise;
        return skill;
      },
    });
    onTestFinished(() => store.close());
    const takes = Array.from({ length: 16 }, () => store.take(skill.contents));
    await expect.poll(() => asked).toBe(1);
    resolve();
    expect(new Set((await Promise.all(takes)).map((taken) => taken.skill.folder)).size).toBe(1);
    expect(asked).toBe(1);
  });

  it('are one folder for two workers that share it and fetch at the same time [R3]', async () => {
    const skill = await content('a');
    const home = tempFolder();
    const stores = [storeOf([skill], { home }), storeOf([skill], { home })];
    const taken = await Promise.all(stores.map(({ store }) => store.take(skill.contents)));
    expect(new Set(taken.map((each) => each.skill.folder)).size).toBe(1);
    expect(readdirSync(join(home, 'skills'))).toEqual([skill.contents.digest]);
  });

  it.each([
    ['a file was changed', (folder: string) => writeFileSync(join(folder, 'data'), 'evil')],
    ['a file was added', (folder: string) => writeFileSync(join(folder, 'more'), 'x')],
    ['a power cut left files empty', (folder: string) => writeFileSync(join(folder, 'bin/run'), '')],
  ])('are fetched anew when %s [R3] [T3]', async (_what, damage) => {
    const skill = await content('a');
    const { store, fetched, folderOf, home } = storeOf([skill]);
    (await store.take(skill.contents)).release();
    damage(folderOf(skill));
    await store.take(skill.contents);
    expect(fetched).toHaveLength(2);
    expect(readFileSync(join(folderOf(skill), 'data'), 'utf8')).toBe('echo hi\n');
    expect(existsSync(join(folderOf(skill), 'more'))).toBe(false);
    expect(readdirSync(join(home, 'skills'))).toEqual([skill.contents.digest]);
  });

  it('are asked for again when fetching failed, and leave nothing behind [R3]', async () => {
    const skill = await content('a');
    const opened: OpenedSkill[] = [];
    const { store, home } = storeOf(opened);
    await expect(store.take(skill.contents)).rejects.toThrow('is not on the server');
    expect(existsSync(join(home, 'skills'))).toBe(false);
    opened.push(skill);
    expect((await store.take(skill.contents)).skill.name).toBe('a');
  });

  it('keep within their bound: the least lately used go, one in use never [R3]', async () => {
    const skills = await Promise.all(['a', 'b', 'c', 'd'].map((name) => content(name, 'x'.repeat(10_000))));
    const { store, home, folderOf } = storeOf(skills, { limitBytes: 65_000 });
    const taken = [];
    for (const skill of skills) taken.push(await store.take(skill.contents));
    const left = () => skills.filter((skill) => existsSync(folderOf(skill))).map(({ contents }) => contents.name);
    const age = () => {
      for (const [at, skill] of skills.entries()) {
        const then = (Date.now() - (skills.length - at) * HOUR_MS) / 1000;
        if (existsSync(folderOf(skill))) utimesSync(folderOf(skill), then, then);
      }
    };
    age();
    await store.prune();
    expect(left()).toEqual(['a', 'b', 'c', 'd']);
    // One that is held stays, though it is the oldest; the next goes.
    for (const each of taken.slice(1)) each.release();
    await store.prune();
    expect(left()).toEqual(['a', 'c', 'd']);
    // Used a moment ago, perhaps by another worker of this machine: kept, whatever it takes.
    const now = Date.now() / 1000;
    for (const skill of skills) if (existsSync(folderOf(skill))) utimesSync(folderOf(skill), now, now);
    taken[0]?.release();
    writeFileSync(join(folderOf(skills[0] as OpenedSkill), 'more'), 'x'.repeat(100_000));
    utimesSync(folderOf(skills[0] as OpenedSkill), now - 5, now - 5);
    await store.prune();
    expect(left()).toEqual(['a', 'c', 'd']);
    await store.prune(Date.now() + HOUR_MS);
    expect(left()).toEqual(['c', 'd']);
    expect(readdirSync(join(home, 'skills'))).toHaveLength(2);
  });

  it('are whole or not there when the worker is killed in the midst; what it left goes later [R3] [T3]', async () => {
    const skill = await content('a');
    const home = tempFolder();
    // Killed by itself at the moment between the last file and the renaming.
    const driver = fileURLToPath(new URL('../fixtures/skill-store-killed.mjs', import.meta.url));
    const child = spawn(process.execPath, [driver, home], { stdio: ['ignore', 'inherit', 'inherit'] });
    const [, signal] = await once(child, 'close');
    expect(signal).toBe('SIGKILL');
    const [draft = '', ...others] = readdirSync(join(home, 'skills'));
    expect([draft.startsWith('.new-'), others]).toEqual([true, []]);
    expect(readdirSync(join(home, 'skills', draft))).toContain('SKILL.md');

    const { store } = storeOf([skill], { home });
    expect((await store.take(skill.contents)).skill.name).toBe('a');
    await store.prune(Date.now() + HOUR_MS);
    expect(readdirSync(join(home, 'skills'))).toEqual([skill.contents.digest]);
  });
});

describe('the skill of a task', () => {
  it('is the registered one by its content, else the shipped one by its name [R3]', async () => {
    const skill = await content('a');
    const { store } = storeOf([skill]);
    const shipped = { ...skill.manifest, folder: '/shipped/a', instructions: '' };
    const sources = { host: 'debby', skills: new Map([['a', shipped]]), skillStore: store };
    expect(await takeSkill({ skill: null, skillRef: null }, sources)).toBeNull();
    expect((await takeSkill({ skill: 'a', skillRef: null }, sources))?.skill.folder).toBe('/shipped/a');
    expect((await takeSkill({ skill: 'a', skillRef: skill.contents }, sources))?.skill.folder).not.toBe('/shipped/a');
  });

  it('that nobody can give makes the task invalid; one that cannot be had now does not [R3] [T3]', async () => {
    const { store } = storeOf([]);
    const sources = { host: 'debby', skills: new Map(), skillStore: store };
    const ref = { name: 'a', digest: '0'.repeat(64) };
    await expect(takeSkill({ skill: 'a', skillRef: ref }, sources)).rejects.toMatchObject({ name: 'TaskUnrunnable' });
    await expect(takeSkill({ skill: 'a', skillRef: null }, sources)).rejects.toThrow('host debby has no skill "a"');
    const home = tempFolder();
    mkdirSync(join(home, 'skills'));
    const fetch = async () => {
      throw new Error('14 UNAVAILABLE');
    };
    const skillStore = new SkillStore({ home, fetch, limitBytes: 1, log });
    onTestFinished(() => skillStore.close());
    const failed = takeSkill({ skill: 'a', skillRef: ref }, { ...sources, skillStore });
    await expect(failed).rejects.toMatchObject({ name: 'Error', message: '14 UNAVAILABLE' });
  });
});
