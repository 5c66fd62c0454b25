import type { Command } from 'commander';
import type { Logger } from 'pino';
import type { Config } from '../../schemas/config.ts';
import { addConfigFlags } from '../config/flags.ts';
import type { ResolvedConfig } from '../config/resolve.ts';
import { fields } from '../output/fields.ts';
import { terminalOf } from '../output/terminal.ts';
import type { RunningPart } from '../parts.ts';
import { runPart } from '../run-part.ts';

/** Where clients look when TEMPORAL_ADDRESS says nothing. */
const USUAL_PORT = 7233;

type Everything = RunningPart & { uiUrl: string | null };

export function define(command: Command): void {
  addConfigFlags(command, ['dev'])
    .addHelpText('after', '\nCtrl-C stops all of it; tasks that wait are kept in the database for the next time.\n')
    .action(dev);
}

async function dev(options: Record<string, unknown>): Promise<void> {
  let everything: Everything | undefined;
  await runPart({
    part: 'dev',
    options,
    adjust: quieten,
    async start({ values }, log, signal) {
      everything = await startEverything(values, log, signal);
      return everything;
    },
    up: ({ address, namespace }, { values }) => ({
      json: { part: 'dev', address, namespace, uiUrl: everything?.uiUrl ?? null, db: values.db, host: values.name },
      text: welcome(values, address, everything?.uiUrl ?? null),
    }),
  });
}

/** In one's own terminal the log is for what goes wrong, unless one asks for more. */
function quieten({ values, sources }: ResolvedConfig): void {
  if (sources.logLevel.kind === 'default') values.logLevel = 'warn';
}

async function startEverything(config: Config, log: Logger, signal: AbortSignal): Promise<Everything> {
  const { startServerPart, startControlPart, startHostPart } = await import('../parts.ts');
  const parts: RunningPart[] = [];
  const stop = async () => {
    // The server last: the others take their leave of it.
    for (const part of parts.reverse()) await part.stop();
  };
  try {
    const server = await startServerPart(config, log.child({ part: 'server' }));
    parts.push(server);
    const env = { ...process.env, TEMPORAL_ADDRESS: server.address };
    parts.push(await startControlPart(config, { log: log.child({ part: 'control' }), signal, env }));
    parts.push(await startHostPart(config, { log: log.child({ part: 'host' }), signal, env }));
    const failed = Promise.race(parts.map((part) => part.failed));
    failed.catch(() => {});
    return { ...server, failed, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

function welcome(config: Config, address: string, uiUrl: string | null): string {
  const { paint } = terminalOf();
  const elsewhere =
    config.port === USUAL_PORT && !process.env.TEMPORAL_ADDRESS ? '' : `  export TEMPORAL_ADDRESS=${address}\n`;
  const where = fields(
    [
      ['server', address],
      ['Web UI', uiUrl],
      ['host', `${config.name}, ${config.slots} slot${config.slots === 1 ? '' : 's'}`],
      ['state', config.home],
    ],
    paint,
  );
  return `${paint.bold('Colibri is up.')}
${where}
Try, in another terminal:
${elsewhere}  colibri task submit --wait -- echo hello
  colibri host list
  colibri status

Ctrl-C stops it.
`;
}
