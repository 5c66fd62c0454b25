import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cgroupContainment } from '../../workers/leash/containment-cgroup.ts';
import { noCgroup } from '../leash/support.ts';
import { findLeaks, leftProcesses, recordBefore } from '../support/leaks.ts';

let root: string;
let runId: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'leaks-'));
  mkdirSync(join(root, 'tmp'));
  runId = randomUUID();
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const search = () => ({ runId, root, temp: join(root, 'tmp'), before: recordBefore() });

describe.runIf(existsSync('/proc/self/environ'))('the search for what tests left behind', () => {
  it('finds and ends a process by its marker, and one with an environment of its own by its folder [S3]', async () => {
    const marked = spawn('sleep', ['1000'], { env: { ...process.env, COLIBRI_TEST_RUN: runId } });
    const clean = spawn('sleep', ['1000'], { env: {}, cwd: root });
    const ended = Promise.all([once(marked, 'exit'), once(clean, 'exit')]);
    const pids = leftProcesses(search()).map(({ pid }) => pid);
    expect(pids.sort()).toEqual([marked.pid, clean.pid].sort());
    expect(await findLeaks(search())).toEqual([
      expect.stringMatching(/^process \d+: sleep 1000/),
      expect.stringMatching(/^process \d+: sleep 1000/),
    ]);
    expect((await ended).map(([, signal]) => signal)).toEqual(['SIGKILL', 'SIGKILL']);
  });

  it.runIf(noCgroup === null)('finds a cgroup that no leash watches over [S3]', async () => {
    const before = search();
    const containment = await cgroupContainment(root);
    if (typeof containment === 'string') throw new Error(containment);
    expect(await findLeaks(before)).toEqual([`cgroup ${containment.folder}`]);
    containment.close();
    expect(await findLeaks(before)).toEqual([]);
  });

  it('waits for a process that is just ending, and names a file [S3]', async () => {
    spawn('sleep', ['0.5'], { env: { COLIBRI_TEST_RUN: runId } });
    writeFileSync(join(root, 'tmp', 'forgotten.txt'), '');
    expect(await findLeaks(search())).toEqual([`file ${join(root, 'tmp', 'forgotten.txt')}`]);
  });
});
