import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedServer } from '../../server/embedded-server.ts';
import { freePort } from '../../server/ports.ts';
import { startServer } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

const AGENT = fileURLToPath(new URL('../fixtures/system/agent.mjs', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'schedule-'));
let fleet: Fleet;
let server: EmbeddedServer;
let port: number;

const startOnFile = () => startServer({ port, dbFile: join(dir, 'server.db') });

beforeAll(async () => {
  port = await freePort();
  server = await startOnFile();
  fleet = await Fleet.start({ server: { address: server.address, namespace: 'default' }, lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 4 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

const agent = (...act: (string | number)[]) => ({
  command: [process.execPath, AGENT, ...act.map(String)],
  env: { JOURNAL: fleet.journal.path },
});

/** Ids of the tasks of a schedule that have begun, oldest first. */
const begun = (name: string) =>
  fleet.journal
    .signs()
    .filter(({ kind, task }) => kind === 'start' && task.startsWith(`${name}-2`))
    .map(({ task }) => task);

test('a schedule runs its task again and again; paused it stops, and told to it starts one at once [B5]', async () => {
  const view = await fleet.colibri.schedules.create({ name: 'tick', every: '2s', task: agent('work', 10) });
  expect(view).toMatchObject({ name: 'tick', when: ['every 2s'], paused: false, overlap: 'skip' });
  expect(view.next).toHaveLength(5);
  await until('three have run', () => begun('tick').length >= 3, { withinMs: 60_000 });

  const { note, paused } = await fleet.colibri.schedules.pause('tick', 'enough');
  expect({ note, paused }).toEqual({ note: 'enough', paused: true });
  // One may have been started just before.
  const seen = await fleet.colibri.schedules.show('tick');
  await until('all that were started have begun', () => begun('tick').length >= seen.counts.started);
  await delay(5_000);
  expect(begun('tick')).toHaveLength(seen.counts.started);
  expect((await fleet.colibri.schedules.show('tick')).counts.started).toBe(seen.counts.started);

  const { taskId } = await fleet.colibri.schedules.trigger('tick');
  expect(await fleet.colibri.wait(taskId)).toMatchObject({ state: 'done', id: taskId, host: 'debby' });
  expect((await fleet.colibri.schedules.show('tick')).runs[0]).toMatchObject({ taskId, state: 'done' });
  await fleet.colibri.schedules.delete('tick');
  await expect(fleet.colibri.schedules.show('tick')).rejects.toMatchObject({ code: 'not-found' });
}, 120_000);

test('one whose task takes longer skips what is due meanwhile, and says how often [B5]', async () => {
  await fleet.colibri.schedules.create({ name: 'long', every: '1s', task: agent('work', 600_000) });
  const view = await until('some were skipped', async () => {
    const now = await fleet.colibri.schedules.show('long');
    return now.counts.skipped >= 3 && now;
  });
  expect(view.counts.started).toBe(1);
  expect(begun('long')).toHaveLength(1);
  await expect(fleet.colibri.schedules.trigger('long')).rejects.toMatchObject({ code: 'refused' });

  // Its tasks are tasks like others: shown, told why, cancelled by their ids.
  await fleet.colibri.schedules.pause('long');
  const [id = ''] = begun('long');
  expect(await fleet.colibri.show(id)).toMatchObject({ id, state: 'running', command: agent('work', 600_000).command });
  expect((await fleet.colibri.why(id)).reason).toBe('not-waiting');
  const { taskId } = await fleet.colibri.schedules.trigger('long', 'cancel-other');
  expect((await fleet.colibri.wait(id)).state).toBe('cancelled');
  expect(taskId).not.toBe(id);
  await fleet.colibri.cancel(taskId);
  expect((await fleet.colibri.wait(taskId)).state).toBe('cancelled');
  await fleet.colibri.schedules.delete('long');
}, 120_000);

test('one that is told to pauses itself when its task fails, and stops after so many runs [B5]', async () => {
  await fleet.colibri.schedules.create({
    name: 'fails',
    every: '1s',
    pauseOnFailure: true,
    task: { command: ['false'] },
  });
  const paused = await until('it is paused', async () => {
    const now = await fleet.colibri.schedules.show('fails');
    return now.paused && now.runs.some(({ state }) => state === 'failed') && now;
  });
  expect(paused.note).toMatch(/fail/i);
  await fleet.colibri.schedules.create({ name: 'twice', every: '1s', remaining: 2, task: agent('work', 10) });
  await until('both have run', async () => (await fleet.colibri.schedules.show('twice')).remaining === 0);
  await delay(2_500);
  expect((await fleet.colibri.schedules.show('twice')).counts.started).toBe(2);
  for (const name of ['fails', 'twice']) await fleet.colibri.schedules.delete(name);
}, 120_000);

test('what only the server can tell is refused with the field it is about, and there is no second of one name [T2]', async () => {
  const create = (more: object) =>
    fleet.colibri.schedules
      .create({ name: 'bad', task: { command: ['true'] }, ...more })
      .catch((error: Error) => error);
  expect(await create({ cron: ['0 99 * * *'] })).toMatchObject({
    ...{ code: 'invalid', message: 'the schedule is not valid: cron: Hour is not in range [0-23]' },
  });
  expect(await create({ cron: ['0 2 * * *'], timeZone: 'Mars/X' })).toMatchObject({
    ...{ code: 'invalid', message: 'the schedule is not valid: timeZone: unknown time zone Mars/X' },
  });
  expect(await fleet.colibri.schedules.list()).toEqual([]);
  const night = await fleet.colibri.schedules.create({
    ...{ name: 'night', cron: ['0 2 * * *', '@weekly'], timeZone: 'Europe/Berlin', task: { command: ['true'] } },
  });
  expect(night).toMatchObject({ when: ['0 2 * * *', '@weekly'], timeZone: 'Europe/Berlin' });
  await expect(
    fleet.colibri.schedules.create({ name: 'night', every: '1h', task: { command: ['true'] } }),
  ).rejects.toMatchObject({
    code: 'refused',
  });
  await expect(fleet.colibri.schedules.pause('nigth')).rejects.toMatchObject({
    code: 'not-found',
    hint: 'did you mean night?',
  });
  await fleet.colibri.schedules.delete('night');
});

test('runs that were missed while the server was down are made up when it is back; a plan goes on as well [T3] [B5]', async () => {
  await fleet.colibri.schedules.create({ name: 'made-up', every: '2s', overlap: 'allow-all', task: agent('work', 10) });
  await until('it runs', () => begun('made-up').length >= 1);
  const plan = await fleet.colibri.plans.submit({
    tasks: {
      a: agent('work', 300),
      b: { ...agent('work', 300), needs: ['a'] },
      c: { ...agent('work', 10), needs: ['b'] },
    },
  });
  await until('the plan runs', () => fleet.journal.signs(`${plan.id}.a`).length > 0);
  process.kill(server.pid, 'SIGKILL');
  await server.exited;
  const downAt = Date.now();
  await delay(7_000);
  server = await startOnFile();
  const upAt = Date.now();

  // Due between the two, by the times in their ids: every even second.
  const due: string[] = [];
  for (let at = Math.ceil((downAt + 500) / 2_000) * 2_000; at < upAt; at += 2_000) {
    due.push(`made-up-${new Date(at).toISOString().replace('.000Z', 'Z')}`);
  }
  expect(due.length).toBeGreaterThanOrEqual(3);
  await until('all that were missed have run', () => due.every((id) => begun('made-up').includes(id)), {
    withinMs: 90_000,
  });
  await fleet.colibri.schedules.delete('made-up');
  const done = await until(
    'the plan is done',
    async () => {
      const now = await fleet.colibri.plans.show(plan.id);
      return now.state !== 'running' && now;
    },
    { withinMs: 90_000, everyMs: 250 },
  );
  expect(done).toMatchObject({ state: 'done', counts: { done: 3 } });
}, 240_000);
