import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { taskWorkflowId } from '../../schemas/names.ts';
import { colibri } from '../cli/support.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let server: TestServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await testNamespace();
  fleet = await Fleet.start({ server, lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 4 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** How many runs there ever were under a task's id. */
async function runsOf(id: string): Promise<number> {
  let count = 0;
  const query = `WorkflowId = '${taskWorkflowId(id)}'`;
  for await (const _ of fleet.colibri.client.workflow.list({ query })) count += 1;
  return count;
}

test('each of many triggers within a second is a task of its own [B5]', async () => {
  const { colibri: all } = fleet;
  await all.schedules.create({ name: 'deploy', every: '24h', overlap: 'allow-all', task: { command: ['echo', 'hi'] } });
  // Some of them have ended before others come, whose id would then be free to be used again.
  const ids: string[] = [];
  for (let round = 0; round < 2; round += 1) {
    const triggered = await Promise.all(Array.from({ length: 12 }, () => all.schedules.trigger('deploy')));
    ids.push(...triggered.map(({ taskId }) => taskId));
  }
  expect(new Set(ids).size).toBe(24);
  // A busy server comes to some of them later.
  for (const id of ids) await until('it is there', () => all.show(id).catch(() => null));
  const ended = await Promise.all(ids.map((id) => fleet.ended(id)));
  expect(ended.map(({ id, state }) => `${id} ${state}`)).toEqual(ids.map((id) => `${id} done`));
  await until('each is listed once', async () => (await Promise.all(ids.map(runsOf))).every((count) => count === 1));
  expect((await all.schedules.show('deploy')).counts.started).toBe(24);
  await all.schedules.delete('deploy');
}, 120_000);

test('whatever a schedule is told at once is all done: a pause is not lost among triggers [B5] [T3]', async () => {
  const { colibri: all } = fleet;
  await all.schedules.create({ name: 'told', every: '24h', overlap: 'allow-all', task: { command: ['true'] } });
  const trigger = () => all.schedules.trigger('told');
  const [first, paused, ...rest] = await Promise.all([
    trigger(),
    all.schedules.pause('told', 'enough'),
    trigger(),
    trigger(),
  ]);
  expect(paused).toMatchObject({ paused: true, note: 'enough' });
  for (const { taskId } of [first, ...rest]) await until('it is there', () => all.show(taskId).catch(() => null));
  expect((await all.schedules.show('told')).counts.started).toBe(3);
  expect(await all.schedules.show('told')).toMatchObject({ paused: true });
  await all.schedules.delete('told');
}, 120_000);

test('one that waits its turn says so, and is started under the id that was said [B5]', async () => {
  const { colibri: all } = fleet;
  const task = { command: ['sh', '-c', 'while [ ! -e "$0" ]; do sleep 0.1; done', join(fleet.dir, 'go')] };
  await all.schedules.create({ name: 'turns', every: '24h', overlap: 'buffer-all', task });
  const [first, ...others] = await Promise.all(Array.from({ length: 3 }, () => all.schedules.trigger('turns'))).then(
    (all) => all.sort((a, b) => Number(b.started) - Number(a.started)),
  );
  expect(others.map(({ started }) => started)).toEqual([false, false]);
  expect((await all.show(first?.taskId ?? '')).state).toMatch(/queued|claimed|running/);
  const { code } = await colibri(['task', 'show', others[0]?.taskId ?? ''], {
    ...{ TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace },
  });
  expect(code).toBe(3);
  writeFileSync(join(fleet.dir, 'go'), '');
  for (const { taskId } of others) {
    await until('it is started', async () => (await all.show(taskId).catch(() => null))?.state === 'done');
  }
  expect(new Set([first, ...others].map((each) => each?.taskId)).size).toBe(3);
  await all.schedules.delete('turns');
}, 120_000);

/** The second in the id of a task of this schedule. */
const secondOf = (name: string, id: string) => Date.parse(id.slice(name.length + 1)) / 1_000;

test('triggers and the clock take no id from each other, and no run of the clock is lost to a trigger [B5] [T3]', async () => {
  const { colibri: all } = fleet;
  await all.schedules.create({ name: 'busy', every: '1s', overlap: 'allow-all', task: { command: ['true'] } });
  const started = async () => {
    const ids: string[] = [];
    const query = "WorkflowType = 'task' AND WorkflowId STARTS_WITH 'task/busy-'";
    for await (const { workflowId } of all.client.workflow.list({ query })) ids.push(workflowId.slice('task/'.length));
    return ids;
  };
  await until('the clock has started some', async () => (await started()).length >= 2);
  const triggered: string[] = [];
  for (let n = 0; n < 6; n += 1) triggered.push((await all.schedules.trigger('busy')).taskId);
  const before = (await started()).length;
  await until('the clock has gone on', async () => (await started()).length >= before + 2);
  await all.schedules.pause('busy');
  const { counts } = await all.schedules.show('busy');
  const ids = await until('all are listed', async () => {
    const known = await started();
    return known.length === counts.started && known;
  });
  expect(new Set(triggered).size).toBe(6);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(triggered));
  const clock = ids.filter((id) => !triggered.includes(id)).map((id) => secondOf('busy', id));
  const [first, last] = [Math.min(...clock), Math.max(...clock)];
  expect(clock.sort()).toEqual(Array.from({ length: last - first + 1 }, (_, at) => first + at));
  for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done' });
  await all.schedules.delete('busy');
}, 120_000);

test('none is started for a schedule that is not there, or while its own runs and is not to be doubled [T2]', async () => {
  const { colibri: all } = fleet;
  await expect(all.schedules.trigger('nightly')).rejects.toMatchObject({ code: 'not-found' });
  await all.schedules.create({ name: 'long', every: '24h', task: { command: ['sleep', '600'] } });
  const answers = await Promise.allSettled(Array.from({ length: 4 }, () => all.schedules.trigger('long')));
  const started = answers.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
  expect(started).toEqual([expect.objectContaining({ started: true })]);
  for (const each of answers) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'refused' });
  expect((await all.schedules.show('long')).counts.started).toBe(1);
  await all.cancel(started[0]?.taskId ?? '');
  await fleet.ended(started[0]?.taskId ?? '');
  await all.schedules.delete('long');
}, 120_000);
