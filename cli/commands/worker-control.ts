import type { Command } from 'commander';
import { addConfigFlags } from '../config/flags.ts';
import { runPart } from '../run-part.ts';

export function define(command: Command): void {
  addConfigFlags(command, ['control'])
    .addHelpText('after', '\nIt waits for the server that TEMPORAL_ADDRESS names, whichever is started first.\n')
    .action(workerControl);
}

async function workerControl(options: Record<string, unknown>): Promise<void> {
  const { startControlPart } = await import('../parts.ts');
  await runPart({
    part: 'control',
    options,
    start: ({ values }, log, signal) => startControlPart(values, { log, signal }),
    up: ({ address, namespace }) => ({
      json: { part: 'control', address, namespace },
      text: `The control worker is up, with the server at ${address}.\n`,
    }),
  });
}
