// npm run build: dist/ with the compiled sources and the bundled workflows; type errors fail it.
import { build } from './lib/build.mjs';
import { createProgress } from './lib/progress.mjs';

try {
  await build({ check: true, progress: createProgress() });
} catch (error) {
  process.stderr.write(`build: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
