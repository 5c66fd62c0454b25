import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { ScreenshotError, takeScreenshot } from '../../workers/screenshot/index.ts';
import { pictureSize } from '../../workers/screenshot/layout.ts';
import { decodePng } from './decode-png.ts';
import { needTmux } from './need-tmux.ts';

const env = { PATH: process.env.PATH, HOME: '/' };

function tempFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shot-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

describe('a picture of a tmux pane', () => {
  beforeEach(needTmux);

  it('shows what the command wrote, in its colours and at the size asked for [R7]', async () => {
    const script =
      "printf '\\033[38;2;250;120;10mcolibri \\342\\224\\200\\342\\224\\200 ok\\033[0m\\n'; tput cols; exit 3";
    const { png, text, exitCode } = await takeScreenshot({ command: ['sh', '-c', script], columns: 61, rows: 9, env });
    const picture = decodePng(png.data);
    expect({ width: picture.width, height: picture.height }).toEqual(pictureSize(61, 9));
    expect(picture.colours).toContain('#fa780a');
    expect(text).toContain('colibri ── ok');
    expect(text.split('\n')[1]).toContain('61');
    expect(exitCode).toBe(3);
  });

  it('waits until the pane has taken in all of a long output [R7]', async () => {
    const { text } = await takeScreenshot({ command: ['seq 1 20000'], columns: 20, rows: 5, env });
    expect(text.trimEnd().split('\n').at(-1)?.trim()).toBe('20000');
  });

  it('pictures a command that does not end, and ends it although it ignores every signal it can [R7]', async () => {
    const file = join(tempFolder(), 'pid');
    const script = `trap '' HUP TERM INT; echo $$ >${file}; echo waiting; while :; do sleep 1; done`;
    const { text, exitCode } = await takeScreenshot({ command: [script], columns: 20, rows: 4, env, waitMs: 2_000 });
    expect(text).toContain('waiting');
    expect(exitCode).toBeUndefined();
    await expect.poll(() => isGone(Number(readFileSync(file, 'utf8'))), { timeout: 10_000 }).toBe(true);
  });

  it('sees nothing of the user’s own tmux configuration and server [R7]', async () => {
    const home = tempFolder();
    writeFileSync(join(home, '.tmux.conf'), 'set -g default-command "echo intruder"\nset -g status on\n');
    const own = { ...env, HOME: home, TMUX: '/nonexistent/socket,1,0', TMUX_PANE: '%7' };
    const { text } = await takeScreenshot({ command: ['echo "pane $TMUX_PANE"'], columns: 20, rows: 3, env: own });
    expect(text).toMatch(/^pane %0\s*$/m);
    expect(text).not.toContain('intruder');
  });

  it('leaves no file behind, also when it is stopped half-way [R7]', async () => {
    const folder = tempFolder();
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => void vi.unstubAllEnvs());
    const flag = join(folder, 'started');
    const stop = new AbortController();
    const shot = takeScreenshot({
      command: [`echo >${flag}; sleep 100`],
      columns: 20,
      rows: 3,
      env,
      signal: stop.signal,
    });
    const outcome = shot.then(
      () => undefined,
      (error: unknown) => error,
    );
    await expect.poll(() => readdirSync(folder), { timeout: 20_000 }).toContain('started');
    stop.abort();
    expect(await outcome).toBeInstanceOf(ScreenshotError);
    expect(readdirSync(folder)).toEqual(['started']);
  });
});

describe('without tmux', () => {
  it('says that tmux is missing [R7]', async () => {
    const nowhere = { PATH: tempFolder() };
    await expect(takeScreenshot({ command: ['true'], env: nowhere })).rejects.toThrow(
      /tmux did not start: .*no such program on PATH/,
    );
  });
});
