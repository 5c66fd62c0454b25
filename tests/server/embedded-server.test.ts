import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SEARCH_ATTRIBUTES } from '../../schemas/search-attributes.ts';
import { type EmbeddedServer, startEmbeddedServer } from '../../server/embedded-server.ts';
import { freePort } from '../../server/ports.ts';
import { startServer, testNamespace } from '../support/temporal-server.ts';

const WEEK_SECONDS = 7 * 24 * 3600;

let dir: string;
beforeAll(() => {
  dir = mkdtempSync(join(tmpdir(), 'server-'));
});
afterAll(() => rmSync(dir, { recursive: true, force: true }));

async function connected<T>(server: { address: string }, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address: server.address });
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

function describeNamespace(server: EmbeddedServer, namespace = 'default') {
  return connected(server, (connection) => connection.workflowService.describeNamespace({ namespace }));
}

describe('startEmbeddedServer', () => {
  it('keeps results for seven days and knows the search attributes [B5]', async () => {
    const server = await startServer();
    try {
      const { config } = await describeNamespace(server);
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(WEEK_SECONDS);
      const { customAttributes } = await connected(server, (connection) =>
        connection.operatorService.listSearchAttributes({ namespace: 'default' }),
      );
      expect(Object.keys(customAttributes ?? {})).toEqual(expect.arrayContaining(Object.keys(SEARCH_ATTRIBUTES)));
    } finally {
      await server.stop();
    }
  });

  it('finds its workflows again after being killed and started on the same file [T3]', async () => {
    const dbFile = join(dir, 'new', 'folder', 'store.db');
    const first = await startServer({ dbFile });
    await connected(first, (connection) =>
      new Client({ connection }).workflow.start('waits', { taskQueue: 'nobody', workflowId: 'survivor' }),
    );
    process.kill(first.pid, 'SIGKILL');
    expect((await first.exited).signal).toBe('SIGKILL');
    const second = await startServer({ dbFile });
    try {
      const found = await connected(second, (connection) =>
        new Client({ connection }).workflow.getHandle('survivor').describe(),
      );
      expect(found.status.name).toBe('RUNNING');
    } finally {
      await second.stop();
    }
  });

  it('gives the Web UI its own port and says where it is [V1]', async () => {
    const server = await startServer({ uiPort: 0 });
    try {
      const answer = await fetch(`${server.uiUrl}/`, { signal: AbortSignal.timeout(20_000) });
      expect(answer.status).toBe(200);
    } finally {
      await server.stop();
    }
  });

  it('serves on every address and prepares a namespace of another name [T1]', async () => {
    const server = await startServer({ ip: '0.0.0.0', namespace: 'elsewhere' });
    try {
      const { config } = await describeNamespace(server, 'elsewhere');
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(WEEK_SECONDS);
      expect(server.address).toMatch(/^127\.0\.0\.1:/);
    } finally {
      await server.stop();
    }
  });

  it('stops cleanly, twice if asked, and frees its port [T3]', async () => {
    const server = await startServer();
    await Promise.all([server.stop(), server.stop()]);
    expect(await server.exited).toEqual({ code: 0, signal: null });
    const port = Number(server.address.split(':')[1]);
    const again = await startServer({ port });
    await again.stop();
  });

  it('names the port in use and the flag that changes it [T2]', async () => {
    const server = await startServer();
    try {
      const port = Number(server.address.split(':')[1]);
      await expect(startServer({ port })).rejects.toMatchObject({
        code: 'port-in-use',
        message: `port ${port} on 127.0.0.1 is in use: choose another with --port N`,
      });
      await expect(startServer({ uiPort: port })).rejects.toMatchObject({
        message: expect.stringContaining('--ui-port'),
      });
    } finally {
      await server.stop();
    }
  });

  it('names what it cannot find when COLIBRI_TEMPORAL_CLI is wrong [T2]', async () => {
    process.env.COLIBRI_TEMPORAL_CLI = join(dir, 'nowhere');
    try {
      await expect(startEmbeddedServer({ port: await freePort(), uiPort: null, dbFile: null })).rejects.toMatchObject({
        code: 'binary-missing',
        message: expect.stringMatching(/COLIBRI_TEMPORAL_CLI names .*nowhere/),
      });
    } finally {
      delete process.env.COLIBRI_TEMPORAL_CLI;
    }
  });

  it('prepares a second namespace on a running server so that its search attributes work at once [B5]', async () => {
    const target = await testNamespace();
    await connected(target, async (connection) => {
      const client = new Client({ connection, namespace: target.namespace });
      const handle = await client.workflow.start('waits', {
        taskQueue: 'nobody',
        workflowId: 'first',
        searchAttributes: { ColibriState: ['queued'], ColibriTags: ['linux', 'gpu'] },
      });
      await handle.terminate();
    });
  });
});
