import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { pictureSize } from '../../workers/screenshot/layout.ts';
import { decodePng } from '../screenshot/decode-png.ts';
import { needTmux } from '../screenshot/need-tmux.ts';

const folderOfSkill = fileURLToPath(new URL('../../skills/tmux-screenshot/', import.meta.url));
const script = join(folderOfSkill, 'run.mjs');

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'skill-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts the skill as a host would: own folder, next to no environment, no terminal. */
function start(cwd: string, args: string[], entry = script): { child: ChildProcess; done: Promise<Run> } {
  const env = { PATH: process.env.PATH, HOME: cwd, TMPDIR: cwd };
  const child = spawn(process.execPath, [entry, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const [out, err]: [Buffer[], Buffer[]] = [[], []];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  const done = once(child, 'close').then(([code]) => ({
    code: code as number | null,
    stdout: Buffer.concat(out).toString(),
    stderr: Buffer.concat(err).toString(),
  }));
  return { child, done };
}

interface Run {
  code: number | null;
  stdout: string;
  stderr: string;
}

function processesNaming(text: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(text);
      } catch {
        return false;
      }
    });
}

describe('the tmux-screenshot skill', () => {
  beforeEach(needTmux);

  it('pictures this machine when told nothing, in an almost empty environment [R7]', async () => {
    const folder = tempFolder();
    const { code, stdout, stderr } = await start(folder, []).done;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const file = join(folder, 'screenshot.png');
    const data = readFileSync(file);
    const { width, height } = pictureSize(92, 24);
    expect(stdout).toBe(`${file} ${width}x${height} ${data.length} bytes\n`);
    const picture = decodePng(data);
    expect({ width: picture.width, height: picture.height }).toEqual({ width, height });
    expect(picture.colours.size).toBeGreaterThan(100);
    expect(readdirSync(folder)).toEqual(['screenshot.png']);
  });

  it('takes command, size, title and file, and tells the command’s exit code [R7]', async () => {
    const folder = tempFolder();
    const args = ['--out', 'a/b.png', '--columns', '40', '--rows', '6', '--title', 'x', '--', 'sh', '-c', 'exit 4'];
    const { code, stdout } = await start(folder, args).done;
    expect(code).toBe(0);
    const { width, height } = pictureSize(40, 6);
    expect(stdout).toMatch(new RegExp(`^${folder}/a/b\\.png ${width}x${height} \\d+ bytes, command exited 4\n$`));
    expect(decodePng(readFileSync(join(folder, 'a/b.png')))).toMatchObject({ width, height });
  });

  it('takes three pictures at once, each of its own pane [R7]', async () => {
    const folder = tempFolder();
    const colours = ['1;2;3', '10;200;30', '200;10;30'];
    const runs = colours.map((colour, at) => {
      const line = `printf '\\033[48;2;${colour}m     \\033[0m'`;
      return start(folder, ['--out', `${at}.png`, '--columns', '20', '--rows', '4', '--', line]).done;
    });
    expect((await Promise.all(runs)).map((run) => run.code)).toEqual([0, 0, 0]);
    const seen = [0, 1, 2].map((at) => decodePng(readFileSync(join(folder, `${at}.png`))).colours);
    const own = ['#010203', '#0ac81e', '#c80a1e'];
    for (const [at, colour] of own.entries()) {
      expect(seen.map((colours) => colours.has(colour))).toEqual([0, 1, 2].map((other) => other === at));
    }
  });

  it('leaves no tmux behind when it is told to stop, nor when it is killed outright [R7]', async (context) => {
    if (!existsSync('/proc/self')) context.skip('processes are looked up in /proc');
    for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
      const folder = tempFolder();
      const flag = join(folder, 'running');
      const { child, done } = start(folder, ['--wait', '600', '--', `echo >${flag}; sleep 600`]);
      await expect.poll(() => existsSync(flag), { timeout: 30_000 }).toBe(true);
      expect(processesNaming(folder)).not.toEqual([]);
      child.kill(signal);
      const { code, stderr } = await done;
      if (signal === 'SIGTERM')
        expect([code, stderr]).toEqual([1, 'tmux-screenshot: stopped before the picture was taken\n']);
      else expect(code).toBeNull();
      await expect.poll(() => processesNaming(folder), { timeout: 20_000 }).toEqual([]);
      expect(readdirSync(folder)).toEqual(['running']);
    }
  });
});

describe('the skill’s complaints', () => {
  it.each([
    [['--rows', '0'], /--rows: expected a number from 4 to 120, got "0"/],
    [['--columns', '1e2'], /--columns: expected/],
    [['--wait', 'long'], /--wait: expected/],
    [['--colums', '5'], /--colums/],
    [['--out', ''], /--out: expected a file name/],
  ])('names the option that is wrong and exits 2: %j [T2]', async (args, message) => {
    const folder = tempFolder();
    const { code, stderr } = await start(folder, args).done;
    expect(code).toBe(2);
    expect(stderr).toMatch(message);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('says what to do when Colibri has not been built [R7]', async () => {
    const folder = tempFolder();
    copyFileSync(script, join(folder, 'run.mjs'));
    const { code, stderr } = await start(folder, [], join(folder, 'run.mjs')).done;
    expect(code).toBe(1);
    expect(stderr).toContain('run "npm run build"');
  });

  it('has a manifest that requires the screenshot tag and names an entry that exists [R7]', () => {
    const [, head = ''] = readFileSync(join(folderOfSkill, 'SKILL.md'), 'utf8').split('---\n');
    expect(head).toMatch(/^name: tmux-screenshot$/m);
    expect(head).toMatch(/^ {2}colibri-requires: "screenshot"$/m);
    const entry = /^ {2}colibri-entry: "(.+)"$/m.exec(head)?.[1] ?? '';
    expect(existsSync(join(folderOfSkill, entry))).toBe(true);
  });
});
