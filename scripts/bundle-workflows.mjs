// Bundles compiled workflows into one file: bundle-workflows.mjs ENTRY OUTPUT. A program of its own, so that webpack
// and the native core leave the memory of whoever builds.
import { renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { bundleWorkflowCode, DefaultLogger } from '@temporalio/worker';

const [entry, output] = process.argv.slice(2);
if (!entry || !output) throw new Error('usage: bundle-workflows.mjs ENTRY OUTPUT');
/** @type {string[]} */
const complaints = [];
try {
  const { code } = await bundleWorkflowCode({
    workflowsPath: entry,
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
