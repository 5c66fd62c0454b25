import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection, type ConnectionOptions, isGrpcServiceError } from '@temporalio/client';
import { loadClientConnectConfig } from '@temporalio/envconfig';
import { ColibriError } from './errors.ts';
import { readConnection } from './read-connection.ts';

/** A connection to a Temporal server, with what is needed to make another of the same. */
export interface Connected {
  client: Client;
  connection: Connection;
  address: string;
  namespace: string;
  /** TLS, API key and metadata, in the form that both of the SDK's connections take. */
  nativeOptions: Pick<ConnectionOptions, 'apiKey' | 'metadata'> & { tls?: NonNullable<ConnectionOptions['tls']> };
  close(): Promise<void>;
}

export interface ConnectOptions {
  /** Variables to read: TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_TLS_*, TEMPORAL_CONFIG_FILE. Default: the process's. */
  env?: NodeJS.ProcessEnv;
  identity?: string;
  /** How long the first answer may take, in ms. */
  timeoutMs?: number;
}

const DEFAULT_ADDRESS = '127.0.0.1:7233';
/** Largest message we read: the server sends at most 4 MB of its own accord, pages of transcripts stay below. */
const MAX_MESSAGE_BYTES = 16 * 1024 * 1024;

/** Connects to the server that the environment names. Throws `unreachable` when nothing answers there. */
export async function connect(options: ConnectOptions = {}): Promise<Connected> {
  const { address, namespace, native } = settings(options.env);
  const connectionOptions = {
    ...native,
    address,
    connectTimeout: options.timeoutMs ?? 5_000,
    channelArgs: { 'grpc.max_receive_message_length': MAX_MESSAGE_BYTES },
  };
  let connection: Connection;
  try {
    connection = await Connection.connect(connectionOptions as ConnectionOptions);
  } catch (error) {
    throw unreachable(address, error);
  }
  const client = new Client({
    connection,
    namespace,
    ...(options.identity === undefined ? {} : { identity: options.identity }),
  });
  return { client, connection, address, namespace, nativeOptions: native, close: () => connection.close() };
}

/** Connects when the server is there, however long that takes. `onWaiting` is told once per reason. */
export async function connectWhenUp(
  options: ConnectOptions & { signal: AbortSignal; onWaiting: (address: string, reason: string) => void },
): Promise<Connected> {
  let said: string | undefined;
  for (;;) {
    options.signal.throwIfAborted();
    try {
      return await connect(options);
    } catch (error) {
      if (!(error instanceof ColibriError) || error.code !== 'unreachable') throw error;
      if (said !== error.message) options.onWaiting(settings(options.env).address, error.message);
      said = error.message;
    }
    await sleep(500, undefined, { signal: options.signal }).catch(() => undefined);
  }
}

/** Where the environment says that the server is. */
export function serverAddress(env?: NodeJS.ProcessEnv): { address: string; namespace: string } {
  const { address, namespace } = settings(env);
  return { address, namespace };
}

function settings(env: NodeJS.ProcessEnv = process.env) {
  const loaded = readConnection(env, loadClientConnectConfig);
  const { tls, apiKey, metadata, address } = loaded.connectionOptions;
  const native = {
    ...(tls === undefined || tls === null ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  } as Connected['nativeOptions'];
  return { address: address ?? DEFAULT_ADDRESS, namespace: loaded.namespace ?? 'default', native };
}

function unreachable(address: string, cause: unknown): ColibriError {
  const detail = isGrpcServiceError(cause) ? cause.details : (cause as Error).message;
  return new ColibriError(
    'unreachable',
    `no Temporal server answers at ${address}`,
    'start one with `colibri server` (or `colibri dev`), or name another in TEMPORAL_ADDRESS',
    { cause: detail },
  );
}
