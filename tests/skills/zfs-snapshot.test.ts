import { execFile, execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { loadSkill } from '../../workers/skills.ts';
import { tempFolder } from '../skill-content/support.ts';

const skill = fileURLToPath(new URL('../../skills/zfs-snapshot', import.meta.url));
const script = join(skill, 'snapshot.sh');
const fakes = fileURLToPath(new URL('../fixtures/zfs', import.meta.url));
const SHELLS = ['/bin/sh', '/bin/dash', '/bin/bash', '/bin/ksh', '/bin/busybox'].filter((path) => existsSync(path));

const old = (day: number) => `zroot/home@colibri-202601${String(day).padStart(2, '0')}T030405Z`;

/** A machine with these snapshots, and the skill run on it as a host would. */
function machine(snapshots: readonly string[] = [], shell = '/bin/sh') {
  const state = tempFolder();
  writeFileSync(join(state, 'datasets'), 'zroot\nzroot/home\nzroot/home2\nzroot/my data\n');
  writeFileSync(join(state, 'snapshots'), snapshots.map((line) => `${line}\n`).join(''));
  writeFileSync(join(state, 'calls'), '');
  const lines = (file: string) => readFileSync(join(state, file), 'utf8').split('\n').filter(Boolean);
  return {
    state,
    snapshots: () => lines('snapshots'),
    changes: () => lines('calls').filter((line) => !line.startsWith('list ')),
    run(inputs: Record<string, string>, args: string[] = []) {
      const env: Record<string, string> = { PATH: `${fakes}:/usr/bin:/bin`, ZFS_STATE: state };
      for (const [name, value] of Object.entries(inputs)) env[`COLIBRI_INPUT_${name}`] = value;
      const start = shell.endsWith('busybox') ? [shell, 'sh'] : [shell];
      return promisify(execFile)(start[0] ?? '', [...start.slice(1), script, ...args], { env }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        ({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }) => ({ code, stdout, stderr }),
      );
    },
  };
}

describe.each(SHELLS)('the zfs-snapshot skill in %s', (shell) => {
  it('is a script that this shell reads [R3]', () => {
    const start = shell.endsWith('busybox') ? ['sh', '-n', script] : ['-n', script];
    expect(execFileSync(shell, start, { encoding: 'utf8' })).toBe('');
  });

  it('takes a snapshot named by its time, and removes the oldest of its own beyond the number to keep [R3]', async () => {
    const others = ['zroot/home@mine', 'zroot/home@colibri-before-upgrade', 'zroot/home2@colibri-20200101T000000Z'];
    const host = machine([...others, old(1), old(2), old(3)], shell);
    const { code, stdout, stderr } = await host.run({ DATASET: 'zroot/home', KEEP: '2' });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const created = /^created (zroot\/home@colibri-\d{8}T\d{6}Z)\n/.exec(stdout)?.[1] ?? '';
    expect(stdout).toBe(
      `created ${created}\ndestroyed ${old(1)}\ndestroyed ${old(2)}\n` +
        '2 snapshots of zroot/home with the prefix colibri, 0B used by the newest\n',
    );
    expect(host.snapshots()).toEqual([...others, old(3), created]);
    expect(host.changes()).toEqual([`snapshot ${created}`, `destroy ${old(1)}`, `destroy ${old(2)}`]);
  });

  it('does so for all below as well when told, and does nothing when asked what it would do [R3]', async () => {
    const host = machine([old(1)], shell);
    const would = await host.run({ DATASET: 'zroot/home', KEEP: '1', DRY_RUN: 'yes' });
    expect(would.stdout).toMatch(new RegExp(`^would create zroot/home@colibri-\\S+\nwould destroy ${old(1)}\n$`));
    expect(host.changes()).toEqual([]);
    expect((await host.run({ DATASET: 'zroot/home', KEEP: '1', RECURSIVE: 'yes' })).code).toBe(0);
    expect(host.changes()).toEqual([expect.stringMatching(/^snapshot -r zroot\/home@/), `destroy -r ${old(1)}`]);
  });

  it('keeps all with keep=0, and takes names with blanks and prefixes of one’s own [R3]', async () => {
    const host = machine([old(1)], shell);
    expect((await host.run({ DATASET: 'zroot/home', KEEP: '0' })).code).toBe(0);
    const { stdout } = await host.run({ DATASET: 'zroot/my data', PREFIX: 'night_1.a' });
    expect(stdout).toMatch(/^created zroot\/my data@night_1\.a-\d{8}T\d{6}Z\n1 snapshots of/);
    expect(host.snapshots()).toHaveLength(3);
  });

  it.each([
    [{}, 'dataset: name the dataset'],
    [{ DATASET: '-r' }, 'dataset: "-r" is no name'],
    [{ DATASET: 'zroot/home@x' }, 'dataset: "zroot/home@x" is no name'],
    [{ DATASET: 'zroot; reboot' }, 'is no name'],
    [{ DATASET: 'zroot', PREFIX: 'a@b' }, 'prefix: "a@b"'],
    [{ DATASET: 'zroot', PREFIX: '*' }, 'prefix: "*"'],
    [{ DATASET: 'zroot', KEEP: '-1' }, 'keep: give a whole number'],
    [{ DATASET: 'zroot', KEEP: '1000000' }, 'keep: give a whole number'],
    [{ DATASET: 'zroot', RECURSIVE: 'maybe' }, 'recursive: give yes or no'],
  ])('refuses %j before it touches anything, with exit code 2 [R3] [T2]', async (inputs, message) => {
    const host = machine([old(1)], shell);
    expect(await host.run(inputs)).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining(message) });
    expect(host.changes()).toEqual([]);
  });

  it('fails when there is no such dataset, or a snapshot cannot be destroyed, and says why [R3]', async () => {
    const host = machine([old(1), old(2)], shell);
    expect(await host.run({ DATASET: 'zroot/none' })).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/dataset does not exist\nzfs-snapshot: the dataset zroot\/none cannot be read\n$/),
    });
    expect(host.changes()).toEqual([]);
    writeFileSync(join(host.state, 'held'), `${old(1)}\n`);
    const { code, stdout, stderr } = await host.run({ DATASET: 'zroot/home', KEEP: '1' });
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: `cannot destroy '${old(1)}': dataset is busy\nzfs-snapshot: the snapshot ${old(1)} was not destroyed\n`,
    });
    expect(stdout).toMatch(/^created \S+\n$/);
    expect(host.snapshots()).toHaveLength(3);
  });
});

it('requires what only FreeBSD has, and names its script [R3]', async () => {
  expect(await loadSkill(skill)).toMatchObject({ requires: ['freebsd', 'zfs'], entry: 'snapshot.sh' });
});
