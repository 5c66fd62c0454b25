import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { CACHED_TASKS } from '../../workers/control.ts';
import { spawnTrue } from './activities.ts';

/** A program: one stock worker with as many activity slots as its second argument says. Prints `ready`. */
const [queue = 'bare', slots = '8'] = process.argv.slice(2);
Runtime.install({ logger: new DefaultLogger('ERROR') });
const connection = await NativeConnection.connect({ address: process.env.TEMPORAL_ADDRESS ?? '127.0.0.1:7233' });
const worker = await Worker.create({
  connection,
  taskQueue: queue,
  activities: { spawnTrue },
  workflowBundle: await bundleWorkflowCode({
    workflowsPath: fileURLToPath(new URL('./workflow.js', import.meta.url)),
    logger: new DefaultLogger('ERROR'),
  }),
  maxConcurrentActivityTaskExecutions: Number(slots),
  // As many as ours, so that both read as many anew from their histories.
  maxCachedWorkflows: CACHED_TASKS,
});
process.once('SIGTERM', () => worker.shutdown());
const running = worker.run();
console.log('ready');
await running;
await connection.close();
