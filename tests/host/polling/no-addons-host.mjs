// A host side as on FreeBSD: run as `node --no-addons no-addons-host.mjs ADDRESS QUEUE`. Serves one task from dist/, then
// prints which Temporal packages and native files were loaded, as JSON.
import { createRequire } from 'node:module';
import { openHostConnection } from '../../../dist/workers/host/polling/connection.js';
import { ActivityGateway } from '../../../dist/workers/host/polling/gateway.js';
import { RoutePool } from '../../../dist/workers/host/polling/route-pool.js';
import { serveQueue } from '../../../dist/workers/host/polling/serve-queue.js';

const [address, queue] = process.argv.slice(2);
const connection = openHostConnection({ address });
const gateway = new ActivityGateway({ connection, namespace: 'default', identity: 'no-addons' });
const served = serveQueue({ gateway, queue: `${queue}-host`, handlers: { ping: async () => 'pong' } });
const pool = new RoutePool({
  gateway,
  slots: 1,
  qualifies: () => null,
  onTask: async (task) => {
    await gateway.heartbeat(task, 'alive');
    await gateway.complete(task, `echo ${task.input[0]}`);
  },
});
pool.setRoutes([{ queue, tags: [] }]);
process.on('SIGTERM', async () => {
  await Promise.all([pool.stop({ cancelPolls: true }), served.stop()]);
  gateway.close();
  await connection.close();
  const loaded = Object.keys(createRequire(import.meta.url).cache);
  const temporal = loaded.flatMap((path) => /@temporalio\/[^/]+/.exec(path)?.[0] ?? []);
  const native = process.report.getReport().sharedObjects.filter((path) => path.endsWith('.node'));
  process.stdout.write(JSON.stringify({ temporal: [...new Set(temporal)].sort(), native }));
});
