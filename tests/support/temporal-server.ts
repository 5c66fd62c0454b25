import { randomUUID } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { inject } from 'vitest';
import { type EmbeddedServer, type EmbeddedServerOptions, startEmbeddedServer } from '../../server/embedded-server.ts';
import { prepareNamespace, registerSearchAttributes } from '../../server/namespace.ts';

export interface TestServer {
  address: string;
  namespace: string;
}

/** The development server that all test files of a run share, in memory. */
export function testServer(): TestServer {
  return { address: inject('temporalAddress'), namespace: 'default' };
}

/**
 * A fresh namespace on the shared server, prepared as `colibri server` would: for tests of the fleet, which is one
 * workflow to a namespace.
 */
export async function testNamespace(): Promise<TestServer> {
  const { address } = testServer();
  const namespace = `test-${randomUUID().slice(0, 13)}`;
  const connection = await Connection.connect({ address });
  try {
    await prepareNamespace(connection, namespace);
  } finally {
    await connection.close();
  }
  return { address, namespace };
}

/** A server of the test's own: in memory, without UI, on a free port unless said otherwise. The test stops it. */
export function startServer(options: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  return startEmbeddedServer({ port: 0, uiPort: null, dbFile: null, ...options });
}

/** Why there is no time-skipping server here, or null when there is: for `describe.skipIf(noTimeSkipping())`. */
export function noTimeSkipping(): string | null {
  return inject('timeSkipping').missing;
}

/** A time-skipping environment with the search attributes known. The test tears it down. */
export async function timeSkippingEnv(): Promise<TestWorkflowEnvironment> {
  const { path, missing } = inject('timeSkipping');
  if (!path) throw new Error(missing ?? 'no time-skipping test server');
  const start = () =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  // The SDK gives the server 5 s to open its port, which a busy machine may miss.
  const env = await start().catch(start).catch(start).catch(start);
  await registerSearchAttributes(env.connection, 'default');
  return env;
}
