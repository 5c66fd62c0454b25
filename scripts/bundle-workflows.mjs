// Bundles compiled workflows into one file: bundle-workflows.mjs ENTRY OUTPUT. A program of its own, so that webpack
// and the native core leave the memory of whoever builds.
import { renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';
import { rolldown } from 'rolldown';

const [entry, output] = process.argv.slice(2);
if (!entry || !output) throw new Error('usage: bundle-workflows.mjs ENTRY OUTPUT');
/** What workflows take from schemas/, with all that it needs: evaluated once for a worker and shared by its workflows. */
const rules = join(dirname(entry), 'rules.js');

/** @type {string[]} */
const complaints = [];
try {
  // One module without imports: whatever the worker shares it freezes, and only what is exported is within its reach.
  const single = await rolldown({ input: rules, platform: 'neutral', resolve: { mainFields: ['module', 'main'] } });
  await single.write({ file: rules, format: 'esm' });
  await single.close();
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
    preloadModules: [rules],
    logger: new DefaultLogger('WARN', ({ message }) => complaints.push(message)),
    webpackConfigHook: (config) => ({
      ...config,
      // Names in stack traces start at the package, not at the folder of the machine that built it.
      context: dirname(dirname(dirname(entry))),
      output: { ...config.output, devtoolModuleFilenameTemplate: '[resource-path]' },
    }),
  });
  writeFileSync(`${output}.part`, code);
  renameSync(`${output}.part`, output);
} catch (error) {
  process.stderr.write(`${complaints.join('\n')}\n${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}
