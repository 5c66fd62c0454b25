import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../skill-content/support.ts';

const script = fileURLToPath(new URL('../../skills/echo/run.mjs', import.meta.url));

function run(args: string[], env: Record<string, string>) {
  return promisify(execFile)(process.execPath, [script, ...args], { env }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: { code: number; stdout: string; stderr: string }) => error,
  );
}

describe('the echo skill', () => {
  it('prints where it runs, its inputs in their order and its arguments [R3]', async () => {
    const file = join(tempFolder(), 'inputs.json');
    writeFileSync(file, JSON.stringify({ b: '2', a: 'x y', empty: '' }));
    const env = { COLIBRI_INPUTS: file, COLIBRI_HOST: 'debby', COLIBRI_ATTEMPT: '2' };
    expect((await run(['one', 'two three'], env)).stdout).toBe(
      `echo on debby (${process.platform}), attempt 2\nb = 2\na = x y\nempty = \nargument 1: one\nargument 2: two three\n`,
    );
  });

  it('runs by itself, and fails when its inputs cannot be read [R3]', async () => {
    expect((await run([], {})).stdout).toBe(`echo on this machine (${process.platform})\n`);
    expect(await run([], { COLIBRI_INPUTS: '/nowhere' })).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('echo: the inputs cannot be read'),
    });
  });
});
