import { readFileSync, statSync } from 'node:fs';
import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { diffFleet, isUnchanged, readMatrix } from '../../client/host-diff.ts';
import type { HostDiffJson } from '../json-shapes.ts';
import { renderHostDiff } from '../output/host-diff.ts';
import { answer } from '../output/print.ts';
import { readMatrixNow } from '../read-matrix.ts';
import { withColibri } from '../with-colibri.ts';

const DEFAULT_FILE = 'HOST-MATRIX.md';

export function define(command: Command): void {
  command
    .option('--exit-code', 'exit with 1 when anything changed')
    .addHelpText(
      'after',
      `\nThe file (default: ${DEFAULT_FILE}) is one that \`colibri host matrix --markdown --out FILE\` wrote, or the\n` +
        'output of `colibri host matrix --json`.\n',
    )
    .action(diff);
}

async function diff(file = DEFAULT_FILE, options: { json?: true; exitCode?: true }): Promise<void> {
  const { text, savedAt } = read(file);
  const before = readMatrix(text, file);
  await withColibri(async (colibri) => {
    const changes = diffFleet(before, await readMatrixNow(colibri));
    await answer<HostDiffJson>({ file, savedAt, ...changes }, options, renderHostDiff);
    if (options.exitCode && !isUnchanged(changes)) process.exitCode = 1;
  });
}

function read(file: string): { text: string; savedAt: string } {
  try {
    return { text: readFileSync(file, 'utf8'), savedAt: statSync(file).mtime.toISOString() };
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new ColibriError(
      missing ? 'not-found' : 'invalid',
      missing ? `there is no file ${file}` : `file: ${file} cannot be read: ${(error as Error).message}`,
      'save one: colibri host matrix --markdown --out HOST-MATRIX.md',
    );
  }
}
