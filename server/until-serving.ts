import { setTimeout as delay } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { EmbeddedServerError } from './errors.ts';
import type { Exit, GuardedProcess } from './guarded-process.ts';
import { prepareNamespace } from './namespace.ts';
import { isListening } from './ports.ts';

export interface Awaited {
  server: GuardedProcess;
  /** `host:port`. */
  address: string;
  namespace: string;
  timeoutMs: number;
  /** What the server printed last, for the message if it ends. */
  lastLines: readonly string[];
}

async function prepare(address: string, namespace: string): Promise<void> {
  const connection = await Connection.connect({ address, connectTimeout: '2s' });
  try {
    await connection.withDeadline(Date.now() + 20_000, () => prepareNamespace(connection, namespace));
  } finally {
    await connection.close();
  }
}

/** Waits until the server truly answers for the namespace, setting the namespace up on the way. */
export async function untilServing({ server, address, namespace, timeoutMs, lastLines }: Awaited): Promise<void> {
  const deadline = Date.now() + timeoutMs;
  const [ip = '', port] = address.split(':');
  let ended: Exit | undefined;
  void server.exited.then((exit) => {
    ended = exit;
  });
  let last: unknown = 'nothing listens there';
  while (Date.now() < deadline) {
    if (ended) {
      const how = ended.signal ?? `exit code ${ended.code}`;
      const said = lastLines.at(-1) ?? 'it printed nothing';
      throw new EmbeddedServerError('ended-early', `Temporal's server ended while starting (${how}): ${said}`);
    }
    try {
      // A client that is refused once backs off for a second before it tries again; a bare socket does not.
      if (await isListening(Number(port), ip)) return await prepare(address, namespace);
    } catch (error) {
      last = error;
    }
    await delay(25);
  }
  const said = last instanceof Error ? last.message : String(last);
  throw new EmbeddedServerError('did-not-start', `Temporal's server at ${address} did not begin to serve: ${said}`);
}
