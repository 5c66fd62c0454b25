import type { Command } from 'commander';
import { addConfigFlags } from '../config/flags.ts';
import { runPart } from '../run-part.ts';

const HELP = `
It listens on this machine only (127.0.0.1) and asks nobody who they are: for a fleet of several machines, run
Temporal's own server with TLS. Everything else finds it by TEMPORAL_ADDRESS.
`;

export function define(command: Command): void {
  addConfigFlags(command, ['server']).addHelpText('after', HELP).action(server);
}

async function server(options: Record<string, unknown>): Promise<void> {
  const { startServerPart } = await import('../parts.ts');
  let uiUrl: string | null = null;
  await runPart({
    part: 'server',
    options,
    async start({ values }, log) {
      const running = await startServerPart(values, log);
      uiUrl = running.uiUrl;
      return running;
    },
    up: ({ address, namespace }, { values: { db } }) => ({
      json: { part: 'server', address, namespace, uiUrl, db },
      text: `The server answers at ${address}. Web UI: ${uiUrl}\n`,
    }),
  });
}
