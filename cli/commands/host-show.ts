import type { Command } from 'commander';
import type { HostShowJson } from '../json-shapes.ts';
import { renderHost } from '../output/host.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((name: string, options: { json?: true }) =>
    withColibri(async (colibri) => answer<HostShowJson>(await colibri.hosts.show(name), options, renderHost)),
  );
}
