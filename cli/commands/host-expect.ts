import type { Command } from 'commander';
import { whenTheFleetShows } from '../fleet-shows.ts';
import type { HostJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { paintState } from '../output/states.ts';
import { userName, withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText(
      'after',
      '\nUntil its worker registers it is shown as never seen. A host that is known stays as it is.\n',
    )
    .action((given: string, options: { json?: true }) =>
      withColibri(async (colibri) => {
        const name = given.trim().toLowerCase();
        await colibri.hosts.expect(name, userName());
        const { registration: _, ...host } = await whenTheFleetShows(() => colibri.hosts.show(name));
        await answer<HostJson>(host, options, (view, { paint }) =>
          view.status === 'never-seen'
            ? `${name} is expected. On that machine: colibri worker host --name ${name}\n`
            : `${name} is known already: ${paintState(view.status, paint)}, ${view.reason}\n`,
        );
      }),
    );
}
