import type { Command } from 'commander';
import { addConfigFlags } from '../config/flags.ts';
import { runPart } from '../run-part.ts';

export function define(command: Command): void {
  addConfigFlags(command, ['host'])
    .addHelpText('after', '\nIt waits for the server that TEMPORAL_ADDRESS names, whichever is started first.\n')
    .action(workerHost);
}

async function workerHost(options: Record<string, unknown>): Promise<void> {
  const { startHostPart } = await import('../parts.ts');
  await runPart({
    part: 'host',
    options,
    start: ({ values }, log, signal) => startHostPart(values, { log, signal }),
    up: ({ address, namespace }, { values: { name, slots } }) => ({
      json: { part: 'host', address, namespace, host: name },
      text: `${name} has joined the fleet at ${address} with ${slots} slot${slots === 1 ? '' : 's'}.\n`,
    }),
  });
}
