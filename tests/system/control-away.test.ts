import { afterAll, beforeAll, expect, test } from 'vitest';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';

/** More than a worker of the SDK runs workflow tasks at once (40), which waiting for the fleet would all take up. */
const TASKS = 60;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 8 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

test(`${TASKS} tasks that came while the control worker was away start when it is back, and one told to stop in their midst does [R6] [P2] [T3]`, async () => {
  fleet.control.signal('SIGKILL');
  await fleet.control.exited;
  const ids = await Promise.all(Array.from({ length: TASKS }, () => fleet.submit(['work', 10])));
  // In the midst of them all, while the fleet still counts on the worker that was killed.
  await (await fleet.startControl()).stop(15_000);
  fleet.control = await fleet.startControl();
  for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
}, 180_000);
