// Run as `node --expose-gc poller-idle-child.js ADDRESS ROUTES SECONDS`: opens that many routes, lets them idle and prints
// {rssBytes, cpuPercent} of the process; with 0 routes the base of the others.
import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { openHostConnection } from '../workers/host/polling/connection.ts';
import { ActivityGateway } from '../workers/host/polling/gateway.ts';
import { RoutePool } from '../workers/host/polling/route-pool.ts';

const [address = '', routes = '0', seconds = '10'] = process.argv.slice(2);

/** What stays after collecting; twice, as finalizers free more. */
async function settledRss(): Promise<number> {
  for (let n = 0; n < 2; n++) {
    globalThis.gc?.();
    await delay(200);
  }
  return process.memoryUsage().rss;
}

const connection = openHostConnection({ address });
const gateway = new ActivityGateway({ connection, namespace: 'default', identity: 'bench-idle' });
for (let n = 0; n < 20; n++) await gateway.backlog(`bench-warm-${randomUUID()}`);

const pool = new RoutePool({ gateway, slots: 2, onTask: async () => undefined, qualifies: () => null });
const run = randomUUID().slice(0, 8);
pool.setRoutes(Array.from({ length: Number(routes) }, (_, n) => ({ queue: `bench-idle-${run}-${n}`, tags: [] })));
while (pool.stats.pollsOut < Number(routes)) await delay(50);
await delay(1_000);

const before = process.cpuUsage();
const from = performance.now();
await delay(Number(seconds) * 1_000);
const { user, system } = process.cpuUsage(before);
const cpuPercent = (user + system) / 10 / (performance.now() - from);
const rssBytes = await settledRss();
process.stdout.write(JSON.stringify({ rssBytes, cpuPercent }));
await pool.stop({ cancelPolls: true });
gateway.close();
await connection.close();
