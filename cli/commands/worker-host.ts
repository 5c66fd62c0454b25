import type { Command } from 'commander';
import type { Logger } from 'pino';
import type { Config } from '../../schemas/config.ts';
import { addConfigFlags } from '../config/flags.ts';
import type { RunningPart } from '../parts.ts';
import { runPart } from '../run-part.ts';
import { Successors } from '../successors.ts';

const HELP = `
It waits for the server that TEMPORAL_ADDRESS names, whichever is started first.

An upgrade without losing a running task: install the new version, then send SIGUSR2
(kill -USR2 PID; for a service: systemctl reload colibri-host, or service
colibri_host reload). The program on disk is started, joins as the same host and
takes all new tasks; this one finishes what it runs. Its process stays until the new
one ends, so that a service manager sees one service. Or start a second one by hand
with --takeover.
`;

export function define(command: Command): void {
  addConfigFlags(command, ['host'])
    .option('--takeover', 'take the place of a worker that runs with this home and name; it finishes its tasks')
    .addHelpText('after', HELP)
    .action(workerHost);
}

async function workerHost(options: Record<string, unknown>): Promise<void> {
  await runPart({
    part: 'host',
    options,
    start: ({ values }, log, signal) => startUpgradable(values, log, signal, options.takeover === true),
    up: ({ address, namespace }, { values: { name, slots } }) => ({
      json: { part: 'host', address, namespace, host: name },
      text: `${name} has joined the fleet at ${address} with ${slots} slot${slots === 1 ? '' : 's'}.\n`,
    }),
  });
}

/** A host's worker that starts another in its place on SIGUSR2, and goes when both have ended. */
async function startUpgradable(
  values: Config,
  log: Logger,
  signal: AbortSignal,
  takeover: boolean,
): Promise<RunningPart> {
  const successors = new Successors(log);
  let joined = false;
  let asked = false;
  const upgrade = () => {
    if (signal.aborted) return;
    if (joined) return successors.start();
    // What this one read at its start may be what has changed since; nobody can take its place before it has joined.
    asked = true;
    log.info('SIGUSR2: still starting; another worker follows once this one has joined');
  };
  process.on('SIGUSR2', upgrade);
  const { startHostPart } = await import('../parts.ts');
  const part = await startHostPart(values, { log, signal, takeover });
  joined = true;
  if (asked) upgrade();
  const done = part.done?.then(async () => {
    const code = await successors.ended();
    if (code !== 0) process.exitCode = code;
  });
  return {
    ...part,
    ...(done && { done }),
    async stop() {
      process.removeListener('SIGUSR2', upgrade);
      await Promise.all([part.stop(), successors.stop()]);
    },
  };
}
