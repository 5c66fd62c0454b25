import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EmbeddedServer } from '../../../server/embedded-server.ts';
import { openHostConnection } from '../../../workers/host/polling/connection.ts';
import { ActivityGateway } from '../../../workers/host/polling/gateway.ts';
import { serveQueue } from '../../../workers/host/polling/serve-queue.ts';
import { startServer } from '../../support/temporal-server.ts';
import { openPool, openWorkbench, routesOf, uniqueQueue, until } from './support.ts';

let folder: string;
let server: EmbeddedServer;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'polling-'));
  server = await startServer({ dbFile: join(folder, 'temporal.db') });
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

it('goes on by itself when the server was killed and started again on its file, and every task ends [T3]', async () => {
  const said: string[] = [];
  const connection = openHostConnection({ address: server.address });
  const gateway = new ActivityGateway({
    connection,
    namespace: 'default',
    identity: 'survivor',
    onConnection: (state) => said.push(state),
  });
  const queues = Array.from({ length: 10 }, (_, n) => uniqueQueue(`outage${n}`));
  const { pool, peak } = openPool(gateway, 3, { holdMs: 150 });
  const hostQueue = uniqueQueue('host');
  const served = serveQueue({ gateway, queue: hostQueue, handlers: { ping: async () => 'pong' } });
  pool.setRoutes(routesOf(...queues));

  const first = await openWorkbench(server.address);
  const ids: string[] = [];
  for (let n = 0; n < 30; n++) {
    // An attempt whose hand-over was lost with the server comes back by its heartbeat time-out.
    const handle = await first.submit(queues[n % 10] ?? '', { input: n, heartbeatTimeoutMs: 3_000 });
    ids.push(handle.workflowId);
  }
  await until('some have run', () => pool.stats.taken >= 5);
  process.kill(server.pid, 'SIGKILL');
  await server.exited;
  await first.close();
  await until('the outage was said', () => said.length === 1);

  const [, port] = server.address.split(':');
  server = await startServer({ dbFile: join(folder, 'temporal.db'), port: Number(port) });
  const second = await openWorkbench(server.address, undefined, first.taskQueue);
  try {
    const results = await Promise.all(ids.map((id) => second.client.workflow.getHandle(id).result()));
    expect(results).toEqual(ids.map((_, n) => n));
    expect(await (await second.submit(hostQueue, { type: 'ping' })).result()).toBe('pong');
    expect(peak()).toBeLessThanOrEqual(3);
    expect(said).toEqual(['down', 'up']);
    await pool.stop({ cancelPolls: true });
    await served.stop();
    await pool.idle();
    expect(pool.stats.pollsOut).toBe(0);
  } finally {
    gateway.close();
    await connection.close();
    await second.close();
  }
}, 120_000);

it('waits for a server that is not there yet, and stops without one [T3]', async () => {
  const connection = openHostConnection({ address: '127.0.0.1:1' });
  const said: string[] = [];
  const gateway = new ActivityGateway({
    connection,
    namespace: 'default',
    identity: 'early',
    onConnection: (state) => said.push(state),
  });
  const { pool } = openPool(gateway, 1);
  pool.setRoutes(routesOf(...Array.from({ length: 50 }, (_, n) => uniqueQueue(`early${n}`))));
  const served = serveQueue({ gateway, queue: uniqueQueue('host'), handlers: {} });
  await until('it was said', () => said.length > 0);
  await Promise.all([pool.stop({ cancelPolls: true }), served.stop()]);
  expect(said).toEqual(['down']);
  gateway.close();
  await connection.close();
});
