import type { Command } from 'commander';
import type { HostMatrixJson } from '../json-shapes.ts';
import { terminalOf } from '../output/terminal.ts';
import { out, printJson } from '../output/write.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .option('--markdown', 'print Markdown, with how each tag is known')
    .addHelpText('after', '\nKeep a copy: colibri host matrix --markdown > HOST-MATRIX.md\n')
    .action(matrix);
}

async function matrix({ markdown, json }: { markdown?: true; json?: true }): Promise<void> {
  await withColibri(async (colibri) => {
    const names = (await colibri.hosts()).map((host) => host.name);
    const known = await Promise.all(names.map((name) => colibri.host(name)));
    const hosts = known.map(({ name, status, capabilities, registration }) => ({
      name,
      status,
      capabilities,
      findings: registration?.findings ?? [],
    }));
    if (json) return printJson<HostMatrixJson>({ hosts });
    const { renderMatrixMarkdown, renderMatrixTable } = await import('../../client/host-matrix.ts');
    await out(markdown ? renderMatrixMarkdown(hosts) : renderMatrixTable(hosts, { color: terminalOf().color }));
  });
}
