import { renameSync, writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import type { HostMatrixJson } from '../json-shapes.ts';
import { terminalOf } from '../output/terminal.ts';
import { out, printJson } from '../output/write.ts';
import { readMatrixNow } from '../read-matrix.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .option('--markdown', 'print Markdown, with how each tag is known')
    .option('--out <FILE>', 'write it there, as Markdown, in place of what the file held')
    .addHelpText(
      'after',
      '\nKeep a copy, and ask later what changed:\n' +
        '  colibri host matrix --markdown --out HOST-MATRIX.md\n' +
        '  colibri host diff HOST-MATRIX.md\n',
    )
    .action(matrix);
}

async function matrix({ markdown, out: file, json }: { markdown?: true; out?: string; json?: true }): Promise<void> {
  if (file === '') throw new ColibriError('invalid', '--out: give the name of a file');
  await withColibri(async (colibri) => {
    const hosts = await readMatrixNow(colibri);
    const { renderMatrixMarkdown, renderMatrixTable } = await import('../../client/host-matrix.ts');
    if (file !== undefined) writeWhole(file, renderMatrixMarkdown(hosts));
    if (json) return printJson<HostMatrixJson>({ hosts });
    if (file !== undefined) return out(`${file} holds ${hosts.length} host${hosts.length === 1 ? '' : 's'}.\n`);
    await out(markdown ? renderMatrixMarkdown(hosts) : renderMatrixTable(hosts, { color: terminalOf().color }));
  });
}

/** The old file stays whole until the new one is. */
function writeWhole(file: string, text: string): void {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(draft, text);
    renameSync(draft, file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'there is no such folder' : message.replaceAll(draft, file);
    throw new ColibriError('invalid', `--out: ${file} cannot be written: ${why}`, undefined, {
      cause: error,
    });
  }
}
