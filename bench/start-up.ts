import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { packageRoot } from '../workers/version.ts';
import { beside, type Figure, figure, percentile } from './figure.ts';

const RUNS = 15;

/** What the program takes to start, beside the same command without its look at the sources, in turn. */
export async function* benchStartUp(): AsyncGenerator<Figure, void> {
  const took = { program: [] as number[], compiled: [] as number[] };
  const files = {
    program: join(packageRoot, 'bin', 'colibri.js'),
    compiled: join(packageRoot, 'dist', 'cli', 'main.js'),
  };
  for (let run = 0; run <= RUNS; run += 1) {
    for (const which of ['program', 'compiled'] as const) {
      const since = performance.now();
      execFileSync(process.execPath, [files[which], '--version']);
      if (run > 0) took[which].push(performance.now() - since);
    }
  }
  const [program, compiled] = [percentile(took.program, 0.5), percentile(took.compiled, 0.5)];
  yield beside('`colibri --version`, p50', 'ms', program, compiled);
  yield figure('what the look at the sources of a clone adds', 'ms', program - compiled, { goal: '<= 50' });
}
