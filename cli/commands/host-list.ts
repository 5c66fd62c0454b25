import type { Command } from 'commander';
import type { HostListJson } from '../json-shapes.ts';
import { renderHostList } from '../output/host.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((options: { json?: true }) =>
    withColibri(async (colibri) =>
      answer<HostListJson>({ hosts: await colibri.hosts.list() }, options, ({ hosts }, context) =>
        renderHostList(hosts, context),
      ),
    ),
  );
}
