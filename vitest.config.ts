import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/support/longest-first.ts';

export default defineConfig({
  test: {
    include: ['tests/**/*.test.ts'],
    globalSetup: ['tests/support/global-setup.ts'],
    // Tests start real servers and worker processes: more files at once than this only make each other late.
    pool: 'forks',
    maxWorkers: 2,
    sequence: { sequencer: LongestFirst },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    reporters: process.env.COLIBRI_TEST_REPORT
      ? ['verbose', ['json', { outputFile: process.env.COLIBRI_TEST_REPORT }]]
      : ['verbose'],
    // A colour code in captured output would make every comparison depend on who runs it.
    env: { NO_COLOR: '1' },
  },
});
