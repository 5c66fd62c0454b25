import { ensureTemporalCli } from '#setup/temporal-binaries.mjs';
import { serverArguments, serverEnvironment } from '../../../server/arguments.ts';
import { spawnGuarded } from '../../../server/guarded-process.ts';
import { freePort } from '../../../server/ports.ts';
import { untilServing } from '../../../server/until-serving.ts';

export interface PreciseServer {
  readonly address: string;
  stop(): Promise<void>;
}

/** Seconds. */
const PRECISE = {
  // Backlog statistics as they are, not as they were up to 5 s ago.
  'matching.TaskQueueInfoByBuildIdTTL': 0.001,
  // A retry delay of 200 ms takes 200 ms, not a second.
  'history.timerProcessorMaxTimeShift': 0.01,
};

/** A server on which order across queues can be tested: its statistics are fresh and its timers exact. */
export async function startPreciseServer(): Promise<PreciseServer> {
  const { path } = await ensureTemporalCli({});
  const port = await freePort('127.0.0.1');
  const namespace = 'default';
  const args = serverArguments({
    ip: '127.0.0.1',
    port,
    uiPort: null,
    dbFile: null,
    namespace,
    durability: 'normal',
    logLevel: 'error',
  });
  const precise = Object.entries(PRECISE).flatMap(([key, value]) => ['--dynamic-config-value', `${key}=${value}`]);
  const server = spawnGuarded(path, [...args, ...precise], serverEnvironment(process.env));
  server.stdout.resume();
  server.stderr.resume();
  const address = `127.0.0.1:${port}`;
  await untilServing({ server, address, namespace, timeoutMs: 60_000, lastLines: [] });
  const stop = async () => {
    await server.stop();
  };
  return { address, stop };
}
