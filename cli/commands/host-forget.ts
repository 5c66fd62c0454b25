import type { Command } from 'commander';
import { whenTheFleetForgot } from '../fleet-shows.ts';
import type { HostJson } from '../json-shapes.ts';
import { answer } from '../output/print.ts';
import { stateText } from '../output/states.ts';
import { wrap } from '../output/text.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nA host that is started again later joins the fleet as a new one.\n')
    .action((name: string, options: { json?: true }) =>
      withColibri(async (colibri) => {
        const was = await colibri.hosts.forget(name);
        await whenTheFleetForgot(() => colibri.hosts.show(name));
        await answer<HostJson>(was, options, (_, { columns }) => {
          const said = `${name} is forgotten; it was ${stateText(was.status)}: ${was.reason}`;
          return `${wrap(said, columns).join('\n')}\n`;
        });
      }),
    );
}
