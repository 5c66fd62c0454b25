import { type Figure, figure, percentile } from './figure.ts';
import type { Installation } from './installation.ts';

const ROUTES = 20;
const TASKS = 1_000;
const STARTS = 5;

/** How soon a parked task starts when a capable host comes up, and how a thousand of them on twenty routes drain. */
export async function* benchParked(installation: Installation): AsyncGenerator<Figure, void> {
  const { colibri } = installation;
  const waits: number[] = [];
  for (let i = 0; i < STARTS; i += 1) {
    const tag = `comes-up-${i}`;
    const { id } = await colibri.submit({ command: ['/bin/true'], requires: [tag] });
    const host = await installation.host(`late-${i}`, { slots: 1, capabilities: [tag] });
    const view = await colibri.wait(id);
    const up = (await colibri.hosts.list()).find((found) => found.name === `late-${i}`);
    waits.push(Date.parse(view.startedAt ?? '') - Date.parse(up?.since ?? ''));
    await installation.end(host);
  }
  yield figure('a parked task starts after its host came up, p50', 'ms', percentile(waits, 0.5), { goal: '<= 1000' });
  yield figure('a parked task starts after its host came up, worst', 'ms', Math.max(...waits), { goal: '<= 1000' });

  const tags = Array.from({ length: ROUTES }, (_, i) => `parked-${i}`);
  const submitting = performance.now();
  const ids: string[] = [];
  for (let i = 0; i < TASKS; i += 50) {
    const batch = Array.from({ length: 50 }, (_, j) =>
      colibri.submit({ command: ['/bin/true'], requires: [tags[(i + j) % ROUTES] ?? ''] }),
    );
    for (const { workflowId } of await Promise.all(batch)) ids.push(workflowId);
  }
  yield figure(`submitting ${TASKS} tasks that park`, 'tasks/s', (TASKS * 1000) / (performance.now() - submitting));
  const host = await installation.host('drainer', { slots: 8, capabilities: tags });
  const began = performance.now();
  const results = await Promise.allSettled(ids.map((id) => colibri.client.workflow.getHandle(id).result()));
  const failed = results.filter((result) => result.status === 'rejected').length;
  yield figure(
    `${TASKS} parked tasks on ${ROUTES} routes drain, 8 slots`,
    'tasks/s',
    (TASKS * 1000) / (performance.now() - began),
  );
  yield figure(`${TASKS} parked tasks: not done`, 'tasks', failed, { goal: '= 0' });
  await installation.end(host);
}
