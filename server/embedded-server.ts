import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Lock } from '#setup/lock.mjs';
import { ensureTemporalCli, type Progress } from '#setup/temporal-binaries.mjs';
import { type Durability, type ServerLogLevel, serverArguments, serverEnvironment } from './arguments.ts';
import { claimDatabase } from './database-file.ts';
import { EmbeddedServerError } from './errors.ts';
import { type Exit, type GuardedProcess, spawnGuarded } from './guarded-process.ts';
import { freePort, requireFreePort } from './ports.ts';
import { untilServing } from './until-serving.ts';

/** The part of a pino logger that is used here. */
export interface ServerLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface EmbeddedServerOptions {
  /** gRPC port; 0 picks a free one. Default 7233. */
  port?: number;
  /** Web UI port; 0 picks a free one, null starts no UI. Default 8233. */
  uiPort?: number | null;
  /** SQLite file, created with its folder when missing; null keeps everything in memory. */
  dbFile: string | null;
  /**
   * Address to listen on: of loopback, or `0.0.0.0` for all, since the server's own parts find each other by 127.0.0.1.
   * It has no authentication: keep to loopback, or to a network that is all yours.
   */
  ip?: string;
  namespace?: string;
  durability?: Durability;
  /** The server's own log level. Default `error`: at `warn` it reports each of its own restarts of a poll. */
  logLevel?: ServerLogLevel;
  log?: ServerLogger;
  /** Told about fetching or building the server program on its first use. */
  progress?: Progress;
  /** How long it may take until it serves, in milliseconds. Default 60,000. */
  startTimeoutMs?: number;
}

export interface EmbeddedServer {
  /** `host:port` for clients. */
  address: string;
  uiUrl: string | null;
  pid: number;
  /** Resolves when the server has ended, on request or not. */
  exited: Promise<Exit>;
  /** SIGTERM, then SIGKILL after 10 s; resolves once it has gone. May be called twice. */
  stop(): Promise<void>;
}

const KEPT_LINES = 20;

function reachable(ip: string): string {
  return ip === '0.0.0.0' || ip === '::' ? '127.0.0.1' : ip;
}

function forwardLines(stream: Readable, onLine: (line: string) => void): void {
  createInterface({ input: stream }).on('line', onLine);
}

/**
 * Starts Temporal's development server with Colibri's settings and waits until it serves. It runs in its own process
 * group and ends when this process does, even by SIGKILL. Throws EmbeddedServerError.
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const { ip = '127.0.0.1', namespace = 'default', durability = 'normal', logLevel = 'error', log } = options;
  const dbFile = options.dbFile === null ? null : resolve(options.dbFile);
  const program = await ensureTemporalCli(options.progress ? { progress: options.progress } : {}).catch((error) => {
    throw new EmbeddedServerError('binary-missing', (error as Error).message, { cause: error });
  });
  const port = options.port === 0 ? await freePort(ip) : (options.port ?? 7233);
  const uiPort = options.uiPort === 0 ? await freePort(ip) : options.uiPort === undefined ? 8233 : options.uiPort;
  await requireFreePort(port, ip, '--port');
  if (uiPort !== null) await requireFreePort(uiPort, ip, '--ui-port');
  const address = `${reachable(ip)}:${port}`;
  const claim: Lock | null = dbFile === null ? null : await claimDatabase(dbFile, address);

  let server: GuardedProcess;
  let stopping = false;
  const lastLines: string[] = [];
  const onLine = (line: string) => {
    if (line.trim() === '') return;
    lastLines.push(line);
    if (lastLines.length > KEPT_LINES) lastLines.shift();
    // While it stops it reports every one of its own connections as lost.
    if (!stopping) log?.warn({ source: 'temporal' }, line);
  };
  try {
    const args = serverArguments({ ip, port, uiPort, dbFile, namespace, durability, logLevel });
    server = spawnGuarded(program.path, args, serverEnvironment(process.env));
    claim?.handOver(server.pid);
  } catch (error) {
    claim?.release();
    throw error;
  }
  const exited = server.exited.then((exit) => {
    claim?.release();
    if (!stopping) log?.error({ ...exit, lastLines }, "Temporal's server ended by itself");
    return exit;
  });
  server.stdout.resume();
  forwardLines(server.stderr, onLine);
  const stop = async () => {
    stopping = true;
    await server.stop();
    await exited;
  };
  try {
    await untilServing({ server, address, namespace, timeoutMs: options.startTimeoutMs ?? 60_000, lastLines });
  } catch (error) {
    await stop();
    throw error;
  }
  const uiUrl = uiPort === null ? null : `http://${reachable(ip)}:${uiPort}`;
  log?.info({ address, uiUrl, pid: server.pid, program: program.path, dbFile, durability }, 'the server is up');
  return { address, uiUrl, pid: server.pid, exited, stop };
}
