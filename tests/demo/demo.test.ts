import { beforeEach, describe, expect, it } from 'vitest';
import { needTmux } from '../screenshot/need-tmux.ts';
import { DemoRun, UNTOUCHED } from './run-demo.ts';

/** It takes 40 s on an idle machine; the rest is for one that is not. */
const LONG_MS = 240_000;

describe('the demo', () => {
  beforeEach(needTmux);

  it(
    'tells the whole story, each step come true, and leaves nothing behind [R7] [P2] [T4]',
    async () => {
      const run = await DemoRun.start();
      const code = await run.exitCode();
      expect({ code, stderr: run.stderr }, run.stdout).toEqual({ code: 0, stderr: '' });
      const told = [
        /^ +\d+\.\ds {2}osa has joined\. It can do: freebsd zfs$/m,
        /Task picture needs screenshot, which osa lacks: it is parked\./,
        /No host has "screenshot"\. It starts by itself when one does\./,
        /^ +osa +online +screenshot$/m,
        /domedog has joined\. It can do: [^:$]*screenshot/,
        /Task picture started there by itself, \d+\.\d\d s after domedog joined\./,
        /It is done: a PNG of a real tmux pane, 1812 x 1136 pixels, \d+ kB\./,
        /debby has joined\. It can do: (?![^$]*screenshot)/,
        /(domedog|debby) takes it: attempt 1\.(.|\n)*\| \1 +tick 3 of 8\n.*kill -9 \d+: the worker of \1 is dead\./,
        /Its leash, a process beside it, has ended the counter: \d+\.\d\d s later\./,
        /The lease has run out\.(.|\n)*(domedog|debby) takes it: attempt 2.*\n(.*\| \2 +tick \d of 8\n){8}/,
        /queued +1 +(domedog|debby) lost the task in attempt 1/,
        /Never two at once: \d+\.\d s lie between them\./,
        /(domedog|debby) +stale/,
        /All came true\./,
        /^ +\d+\.\ds {2}Nothing is left: no process, no file, no open port\.$/m,
      ];
      for (const pattern of told) expect(run.stdout).toMatch(pattern);
      expect(Math.max(...run.stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none where there is no terminal
      expect(run.stdout).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
      expect(run.processes()).toEqual([]);
      expect(run.files()).toEqual(UNTOUCHED);
    },
    LONG_MS,
  );

  it(
    'leaves nothing behind when it is interrupted in the middle of a task [T4]',
    async () => {
      const run = await DemoRun.start();
      await run.until(/tick 2 of 8/);
      expect(run.processes().length).toBeGreaterThan(5);
      run.kill('SIGINT');
      expect(await run.exitCode(), run.stdout).toBe(130);
      expect(run.stdout).toMatch(/Interrupted\.\n(.*\n)*.*Nothing is left/);
      expect(run.processes()).toEqual([]);
      expect(run.files()).toEqual(UNTOUCHED);
    },
    LONG_MS,
  );

  it(
    'stays with its Web UI when told to, until it is interrupted [R7] [T4]',
    async () => {
      const run = await DemoRun.start(['--keep']);
      const [, url = ''] = await run.until(/Temporal's Web UI +(http:\S+)(.|\n)*npx colibri task submit/);
      expect(run.stdout).toMatch(/debby +online.*\n +domedog +online.*\n +osa +online/);
      expect((await fetch(url)).status).toBe(200);
      run.kill('SIGINT');
      expect(await run.exitCode(), run.stdout).toBe(0);
      await expect(fetch(url)).rejects.toThrow();
      expect(run.processes()).toEqual([]);
      expect(run.files()).toEqual(UNTOUCHED);
    },
    LONG_MS,
  );
});

describe('a demo that cannot go on', () => {
  it(
    'takes its processes with it when it is killed outright [T3]',
    async () => {
      const run = await DemoRun.start();
      await run.until(/osa has joined/);
      expect(run.processes().length).toBeGreaterThan(2);
      run.kill('SIGKILL');
      await run.exitCode();
      await expect.poll(() => run.processes(), { timeout: 60_000 }).toEqual([]);
    },
    LONG_MS,
  );

  it(
    'says what is wrong in a sentence, and exits with 1 [T2]',
    async () => {
      const run = await DemoRun.start([], { COLIBRI_TEMPORAL_CLI: '/nowhere/temporal' });
      expect(await run.exitCode(), run.stdout).toBe(1);
      expect(run.stdout).toMatch(/The demo cannot go on: COLIBRI_TEMPORAL_CLI names \/nowhere\/temporal/);
      expect(run.stdout).toMatch(/Nothing is left/);
      expect(run.files()).toEqual(UNTOUCHED);
    },
    LONG_MS,
  );
});
