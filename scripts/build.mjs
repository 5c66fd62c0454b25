// npm run build: dist/ with the compiled sources and the bundled workflows; type errors fail it.
import { build, ROOT } from './lib/build.mjs';
import { ensureDependencies } from './lib/dependencies.mjs';
import { createProgress } from './lib/progress.mjs';

try {
  const progress = createProgress();
  await ensureDependencies({ root: ROOT, progress });
  await build({ check: true, progress });
} catch (error) {
  process.stderr.write(`build: ${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
