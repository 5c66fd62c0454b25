import { pictureSize } from '../screenshot/layout.ts';
import { takeScreenshot } from '../screenshot/take-screenshot.ts';
import { found, missing } from './findings.ts';
import type { Probe } from './probe.ts';

const WORD = 'colibri';

/** Takes a real, small picture of a real tmux pane, as the tmux-screenshot skill does. */
export const screenshot: Probe = {
  name: 'screenshot',
  tags: ['screenshot'],
  timeoutMs: 15_000,
  async run({ env, exec, signal, timeoutMs }) {
    const shown = await exec('tmux', ['-V'], { timeoutMs });
    if (shown.code !== 0) return [missing('screenshot', shown.failure ?? `tmux -V exited ${shown.code}`)];
    const [columns, rows] = [16, 2];
    const command = ['printf', `\\033[32m${WORD}\\033[0m\\n`];
    const taken = await takeScreenshot({ command, columns, rows, env, cwd: '/', waitMs: timeoutMs, signal });
    if (!taken.text.includes(WORD)) return [missing('screenshot', 'a tmux pane ran, but did not show what it should')];
    const expected = pictureSize(columns, rows);
    if (taken.png.width !== expected.width || taken.png.height !== expected.height) {
      return [missing('screenshot', 'the pane was captured, but gave no PNG of the right size')];
    }
    const version = /\d\S*/.exec(shown.stdout)?.[0];
    return [
      found('screenshot', `a tmux pane was captured and drawn as a PNG of ${taken.png.data.length} bytes`, version),
    ];
  },
};
