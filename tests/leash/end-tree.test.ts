import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { newCookie } from '../../workers/leash/state-id.ts';
import { tempDir } from './support.ts';

test('ends a tree even without a file left to look with, and says so when it has looked [P3]', async () => {
  const driver = fileURLToPath(new URL('short-of-files.mjs', import.meta.url));
  const limited = ['-c', 'ulimit -n 64; exec "$0" "$@"', process.execPath, driver, newCookie(tempDir())];
  const { stdout, stderr } = await promisify(execFile)('/bin/sh', limited);
  expect(JSON.parse(stdout)).toEqual({
    failed: 'EMFILE',
    signal: 'SIGKILL',
    early: false,
    alive: 1,
    straySignal: 'SIGKILL',
  });
  expect(stderr).toContain('the processes of a run cannot be looked for');
});
