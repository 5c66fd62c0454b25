import { describe, expect, it } from 'vitest';
import { runProbes } from '../../workers/probes/index.ts';
import { needTmux } from '../screenshot/need-tmux.ts';
import { fakeMachine } from './fake-programs.ts';

describe('screenshot', () => {
  it('is found by taking a real picture of a real pane [R2]', async (context) => {
    needTmux(context);
    const report = await runProbes({ only: ['screenshot'] });
    expect(report.capabilities).toEqual(['screenshot']);
    expect(report.findings[0]).toMatchObject({
      version: expect.stringMatching(/^\d/),
      how: expect.stringContaining('drawn as a PNG'),
    });
  });

  it('is not found when tmux tells its version but starts no server [R2]', async () => {
    const tmux = 'case "$1" in -V) echo "tmux 3.4";; *) echo "create window failed: fork failed" >&2; exit 1;; esac';
    const { findings } = await runProbes({ only: ['screenshot'], env: fakeMachine({ tmux }).env });
    expect(findings).toMatchObject([
      { found: false, how: 'the probe failed: tmux did not start: create window failed: fork failed' },
    ]);
  });
});

describe('image-render', () => {
  it('is found by drawing a picture with what comes along, with nothing on PATH [R2]', async () => {
    const report = await runProbes({ only: ['image-render'], env: fakeMachine({}).env });
    expect(report.capabilities).toEqual(['image-render']);
  });
});
