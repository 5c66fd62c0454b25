import type { Logger } from 'pino';
import { serverAddress } from '../client/connect.ts';
import { ColibriError } from '../client/errors.ts';
import type { Config } from '../schemas/config.ts';
import type { EmbeddedServer } from '../server/embedded-server.ts';
import type { ControlWorker } from '../workers/control.ts';
import type { HostWorker } from '../workers/host/host-worker.ts';
import { startWhenUp, type WhenUpOptions } from './start-when-up.ts';
import { watchServer } from './watch-server.ts';

/** A part that runs. `failed` rejects, with a sentence, when it ends without having been asked to. */
export interface RunningPart {
  address: string;
  namespace: string;
  failed: Promise<never>;
  /** Resolves when it has ended in order without having been stopped. */
  done?: Promise<void>;
  stop(): Promise<void>;
}

/** Starts the embedded server as the configuration says, in the namespace that everything else will look for. */
export async function startServerPart(config: Config, log: Logger): Promise<RunningPart & { uiUrl: string | null }> {
  const { startEmbeddedServer } = await import('../server/embedded-server.ts');
  const { namespace } = serverAddress();
  const server: EmbeddedServer = await startEmbeddedServer({
    port: config.port,
    uiPort: config.uiPort,
    dbFile: config.db,
    durability: config.durability,
    namespace,
    log,
    progress: {
      note: (line) => log.info(line),
      step: (title, work) => {
        log.warn(`${title}: this happens once`);
        return work((detail) => log.debug(`${title}: ${detail}`));
      },
    },
  });
  const ended = server.exited.then(({ code, signal }) => `${signal ?? `exit code ${code}`}`);
  return {
    address: server.address,
    namespace,
    uiUrl: server.uiUrl,
    failed: failWith(ended, (how) => `Temporal's server ended by itself (${how})`),
    stop: () => server.stop(),
  };
}

/** Starts the control worker as soon as the server is there. */
export async function startControlPart(config: Config, options: WhenUpOptions): Promise<RunningPart> {
  const { startControlWorker } = await import('../workers/control.ts');
  const { log } = options;
  const { connected, started } = await startWhenUp<ControlWorker>(options, (connection) =>
    startControlWorker({ connected: connection, log, leaseMs: config.lease, weights: config.fairnessWeight }),
  );
  const unwatch = watchServer(connected, log);
  return {
    address: connected.address,
    namespace: connected.namespace,
    failed: failWith(started.stopped, () => 'the control worker ended by itself'),
    async stop() {
      unwatch();
      await started.stop();
      await connected.close();
    },
  };
}

/** Starts this host's worker as soon as the server is there. */
export async function startHostPart(
  config: Config,
  options: WhenUpOptions & { takeover?: boolean },
): Promise<RunningPart> {
  const { startHostWorker } = await import('../workers/host/host-worker.ts');
  const { connected, started } = await startWhenUp<HostWorker>(options, (connection) =>
    startHostWorker({
      connected: connection,
      log: options.log,
      home: config.home,
      name: config.name,
      takeover: options.takeover ?? false,
      slots: config.slots,
      reserve: config.reserve,
      leaseMs: config.lease,
      ...(config.capabilities === undefined ? {} : { capabilities: config.capabilities }),
      addCapabilities: config.addCapability,
      hideCapabilities: config.hideCapability,
      reprobeMs: config.reprobe,
      liveLimitBytes: config.liveLimit,
      transcriptLimitBytes: config.transcriptLimit,
      transcriptsKeepMs: config.transcriptsKeep,
      skillCacheBytes: config.skillCache,
    }),
  );
  return {
    address: connected.address,
    namespace: connected.namespace,
    failed: failWith(
      started.stopped.then(() => new Promise<never>(() => {})),
      () => 'the host worker ended by itself',
    ),
    // Another worker took its place, and it has finished what it ran.
    done: started.stopped.catch(() => new Promise<never>(() => {})),
    async stop() {
      await started.stop('stopped');
      await connected.close();
    },
  };
}

/** An end that nobody asked for, as an error. Harmless once nobody waits for it any more. */
function failWith<T>(ended: Promise<T>, say: (result: T | undefined) => string): Promise<never> {
  const failed = ended.then(
    (result) => {
      throw new ColibriError('failed', say(result));
    },
    (error: unknown) => {
      throw new ColibriError('failed', `${say(undefined)}: ${(error as Error).message}`, undefined, { cause: error });
    },
  );
  failed.catch(() => {});
  return failed;
}
