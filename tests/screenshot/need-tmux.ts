import { spawnSync } from 'node:child_process';
import type { TestContext } from 'vitest';

const found = spawnSync('tmux', ['-V']).status === 0;

/** Skips a test where there is no tmux; in CI it runs, and fails, all the same. */
export function needTmux(context: TestContext): void {
  if (!found && !process.env.CI) context.skip('tmux is not installed');
}
