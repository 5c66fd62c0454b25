import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { EmbeddedServer } from '../../server/embedded-server.ts';
import { freePort } from '../../server/ports.ts';
import { startServer } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { numbersFrom } from './harness/random.ts';
import { until } from './harness/until.ts';

const SEED = Number(process.env.COLIBRI_TEST_SEED ?? Math.floor(Math.random() * 1e9));
const FAULTS = Number(process.env.COLIBRI_TEST_FAULTS ?? 10);
const HOST = { tags: ['linux'], slots: 3 };
const HOSTS = ['debby', 'domedog', 'osa'];

const dir = mkdtempSync(join(tmpdir(), 'chaos-'));
let fleet: Fleet;
let server: EmbeddedServer;
let port: number;

const startOnFile = () => startServer({ port, dbFile: join(dir, 'server.db') });

beforeAll(async () => {
  port = await freePort();
  server = await startOnFile();
  fleet = await Fleet.start({ server: { address: server.address, namespace: 'default' }, lease: '6s' });
  await Promise.all(HOSTS.map((name) => fleet.startHost(name, HOST)));
}, 120_000);

afterAll(async () => {
  await fleet?.close();
  await server?.stop();
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

/** Each breaks something for a while, and mends only what a service manager or an operator would. */
const FAULT = {
  async 'kill a worker, start it again'(name: string) {
    await fleet.kill(name);
    await fleet.startHost(name, HOST);
  },
  async 'stop a worker for 1 to 9 s'(name: string, random: () => number) {
    fleet.hostNamed(name).signal('SIGSTOP');
    await delay(1_000 + random() * 8_000);
    fleet.hostNamed(name).signal('SIGCONT');
  },
  async 'kill a leash'(name: string) {
    process.kill(fleet.leashOf(name), 'SIGKILL');
  },
  async 'stop a worker politely, start it again'(name: string) {
    await fleet.hostNamed(name).stop();
    await fleet.startHost(name, HOST);
  },
  async 'kill the control worker, start it again'() {
    fleet.control.signal('SIGKILL');
    await fleet.control.exited;
    fleet.control = await fleet.startControl();
  },
  async 'kill the server, start it again'() {
    process.kill(server.pid, 'SIGKILL');
    await server.exited;
    server = await startOnFile();
  },
  async 'kill an agent'(name: string) {
    const alive = fleet.journal.lifetimes().findLast((life) => life.host === name && !life.stopped);
    const sign = fleet.journal.signs(alive?.task).findLast(({ host }) => host === name);
    if (!alive || !sign) return;
    try {
      process.kill(sign.pid, 'SIGKILL');
    } catch {
      // It has ended meanwhile.
    }
  },
};

test('row 3: kill -9 of the server loses nothing of what it had taken, and an outage shorter than 0.4 of the lease no attempt [T3]', async () => {
  const running = await fleet.submit(['work', 8_000], { lease: '30s' });
  const parked = await fleet.submit(['work', 50], { requires: ['gpu'] });
  await fleet.started(running);
  await until('it is parked', async () => (await fleet.colibri.show(parked)).state === 'parked');
  const before = await fleet.colibri.show(parked);
  const killedAt = performance.now();
  await FAULT['kill the server, start it again']();
  expect(performance.now() - killedAt).toBeLessThan(12_000);
  expect(await fleet.ended(running)).toMatchObject({ state: 'done', attempt: 1 });
  expect(await fleet.colibri.show(parked)).toEqual(before);
  await fleet.colibri.cancel(parked);
  await fleet.expectSound();
}, 90_000);

test(`loses no task and runs none twice at once through ${FAULTS} faults in a row, seed ${SEED} [P2] [P3] [T3]`, async () => {
  const random = numbersFrom(SEED);
  const pick = <T>(from: readonly T[]) => from[Math.floor(random() * from.length)] as T;
  let over = false;
  const submitting = (async () => {
    while (!over) {
      const act = [pick(['work', 'work', 'stubborn']), 300 + Math.floor(random() * 5_000)];
      // No answer while the server is down: then it was not taken.
      await fleet.submit(act, { maxAttempts: 5, retryDelay: 100, grace: '1s' }).catch(() => undefined);
      await delay(500);
    }
  })();
  for (let n = 0; n < FAULTS; n += 1) {
    const what = pick(Object.keys(FAULT) as (keyof typeof FAULT)[]);
    const host = pick(HOSTS);
    await FAULT[what](host, random).catch((error: unknown) => {
      throw new Error(`fault ${n + 1}, ${what} (${host})\n${fleet.tails()}`, { cause: error });
    });
    await delay(random() * 2_000);
  }
  over = true;
  await submitting;
  for (const name of HOSTS) await fleet.hostIs(name, 'online');
  const views = await fleet.expectSound();
  expect(views.length).toBeGreaterThan(FAULTS);
  await until('those too have ended whose submission was taken and never answered', async () =>
    (await fleet.colibri.list({ limit: 1_000 })).tasks.every(({ endedAt }) => endedAt !== null),
  );
  expect(views.filter(({ state, requires }) => state !== 'done' && requires.length === 0)).toEqual([]);
  for (const name of HOSTS) expect(fleet.journal.mostAtOnce(name)).toBeLessThanOrEqual(HOST.slots);
  await until('every slot is free again', async () =>
    (await fleet.colibri.hosts.list()).every(({ slots }) => slots.used === 0),
  );
}, 300_000);
