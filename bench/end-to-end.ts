import { randomUUID } from 'node:crypto';
import { beside, type Figure, figure, percentile } from './figure.ts';
import type { Installation } from './installation.ts';

const SLOTS = 8;
const ROUNDS = 5;
const TASKS_PER_ROUND = 20;
const LOAD = 200;

/** Submit to result, and throughput, beside a bare workflow with a bare activity on the same server. */
export async function* benchEndToEnd(installation: Installation): AsyncGenerator<Figure, void> {
  const { colibri } = installation;
  const host = await installation.host('bench', { slots: SLOTS, capabilities: ['bench'] });
  const bareWorker = await installation.program(new URL('./bare/worker.js', import.meta.url), ['bare', String(SLOTS)]);

  const runBare = () =>
    colibri.client.workflow.execute('bare', { workflowId: `bare-${randomUUID()}`, taskQueue: 'bare', args: [] });
  const runOurs = async () => {
    const { workflowId } = await colibri.submit({ command: ['/bin/true'], requires: ['bench'] });
    await colibri.client.workflow.getHandle(workflowId).result();
  };
  const contenders = { bare: runBare, ours: runOurs };

  const latency = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const who of ['bare', 'ours'] as const) {
      for (let i = 0; i < TASKS_PER_ROUND; i += 1) {
        const began = performance.now();
        await contenders[who]();
        // The first round warms caches and compilers up.
        if (round > 0) latency[who].push(performance.now() - began);
      }
    }
  }
  for (const [name, share] of [
    ['p50', 0.5],
    ['p95', 0.95],
  ] as const) {
    const goal = name === 'p50' ? '<= 1.5' : undefined;
    yield beside(
      `submit to result, ${name}`,
      'ms',
      percentile(latency.ours, share),
      percentile(latency.bare, share),
      goal,
    );
  }

  const rate = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < 3; round += 1) {
    for (const who of ['bare', 'ours'] as const) {
      const began = performance.now();
      await Promise.all(Array.from({ length: LOAD }, contenders[who]));
      rate[who].push((LOAD * 1000) / (performance.now() - began));
    }
  }
  yield beside(
    `throughput, ${SLOTS} slots`,
    'tasks/s',
    percentile(rate.ours, 0.5),
    percentile(rate.bare, 0.5),
    '>= 0.6',
  );

  const { id, workflowId } = await colibri.submit({ command: ['/bin/true'], requires: ['bench'] });
  await colibri.wait(id);
  const history = await colibri.client.workflow.getHandle(workflowId).fetchHistory();
  yield figure('history events of a task that succeeds', 'events', history.events?.length ?? 0, { goal: '<= 20' });
  await installation.end(bareWorker);
  await installation.end(host);
}
