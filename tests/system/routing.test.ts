import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import { numbersFrom } from './harness/random.ts';
import { until } from './harness/until.ts';

const TAGS = ['linux', 'freebsd', 'docker', 'gpu', 'screenshot'];
/** By being told, that is: any look anew (a probe, a poll that ends) comes much later. Figures are the bench's. */
const TOLD_WITHIN_MS = 10_000;
const SEED = Number(process.env.COLIBRI_TEST_SEED ?? Math.floor(Math.random() * 1e9));

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '10s' });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

test(`runs each task of a random lot only where all its tags are, parks the rest, and fills no host past its slots, seed ${SEED} [R4] [R6] [R9]`, async () => {
  const random = numbersFrom(SEED);
  const some = (odds: number) => TAGS.filter(() => random() < odds);
  const hosts = new Map(
    ['h1', 'h2', 'h3', 'h4'].map((name) => [name, { tags: some(0.5), slots: 1 + (random() > 0.5 ? 1 : 0) }]),
  );
  const before = await Promise.all(
    Array.from({ length: 18 }, async () => {
      const requires = some(0.3);
      return { requires, id: await fleet.submit(['work', 80], { requires }) };
    }),
  );
  await Promise.all([...hosts].map(([name, options]) => fleet.startHost(name, options)));
  const after = await Promise.all(
    Array.from({ length: 18 }, async () => {
      const requires = some(0.3);
      return { requires, id: await fleet.submit(['work', 80], { requires }) };
    }),
  );

  for (const { id, requires } of [...before, ...after]) {
    const capable = [...hosts].filter(([, { tags }]) => requires.every((tag) => tags.includes(tag)));
    if (capable.length === 0) {
      expect(await fleet.colibri.show(id)).toMatchObject({ state: 'parked', attempt: 0 });
      expect(fleet.journal.signs(id)).toEqual([]);
      await fleet.colibri.cancel(id);
    } else {
      const view = await fleet.ended(id);
      expect(view).toMatchObject({ state: 'done', attempt: 1 });
      expect(capable.map(([name]) => name)).toContain(view.host);
      expect(fleet.journal.signs(id)[0]?.host).toBe(view.host);
    }
  }
  for (const [name, { slots }] of hosts) expect(fleet.journal.mostAtOnce(name)).toBeLessThanOrEqual(slots);
  await fleet.expectSound();
  await Promise.all([...hosts.keys()].map((name) => fleet.hostNamed(name).stop()));
}, 180_000);

test('has the claim in the history of the task before the first instruction of the agent [B1] [R4]', async () => {
  await fleet.startHost('claimer', { tags: ['claims'], slots: 2 });
  // Both clocks are of this machine; the journal has the monotonic one.
  const wallAtZero = Date.now() - monotonicMs();
  const ids = await Promise.all([1, 2, 3, 4].map(() => fleet.submit(['work', 50], { requires: ['claims'] })));
  for (const id of ids) {
    const { workflowId } = await fleet.ended(id);
    const { at } = await fleet.started(id);
    const { events = [] } = await fleet.colibri.client.workflow.getHandle(workflowId).fetchHistory();
    const claim = (events ?? []).find(
      (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'claimed',
    );
    const claimedAt = Number(claim?.eventTime?.seconds) * 1000 + Number(claim?.eventTime?.nanos) / 1e6;
    expect(claimedAt).toBeLessThan(wallAtZero + at);
  }
  await fleet.hostNamed('claimer').stop();
}, 60_000);

test('starts a parked task by itself when a capable host comes up [R6]', async () => {
  const id = await fleet.submit(['work', 50], { requires: ['gpu', 'zfs'] });
  await until('it is parked', async () => (await fleet.colibri.show(id)).state === 'parked');
  expect(await fleet.colibri.why(id)).toMatchObject({ reason: 'no-host-has-tag' });
  await fleet.startHost('late', { tags: ['gpu', 'zfs', 'linux'] });
  const view = await fleet.ended(id);
  const { since } = await fleet.hostIs('late', 'online');
  expect(Date.parse(view.startedAt ?? '') - Date.parse(since)).toBeLessThan(TOLD_WITHIN_MS);
}, 60_000);

test('opens a route that nobody asked for before, on a host that runs already, when its first task comes [R4]', async () => {
  const requires = ['linux', 'zfs'];
  const id = await fleet.submit(['work', 50], { requires });
  const view = await fleet.ended(id);
  expect(Date.parse(view.startedAt ?? '') - Date.parse(view.submittedAt)).toBeLessThan(TOLD_WITHIN_MS);
}, 60_000);

test('gives a draining host nothing new, lets it finish what it has, and uses it again when it is resumed [P4] [R6]', async () => {
  await fleet.startHost('drained', { tags: ['drains'] });
  const running = await fleet.submit(['work', 3_000], { requires: ['drains'] });
  await fleet.started(running);
  await fleet.colibri.hosts.setDraining('drained', true);
  await fleet.hostIs('drained', 'draining');
  // A known route, whose poll is out already, and a new one.
  const waiting = [
    await fleet.submit(['work', 50], { requires: ['drains'] }),
    await fleet.submit(['work', 50], { requires: ['drains', 'linux'] }),
  ];
  expect(await fleet.ended(running)).toMatchObject({ state: 'done', attempt: 1 });
  expect(await fleet.colibri.why(waiting[0] ?? '')).toMatchObject({ reason: 'all-draining' });

  // It stays drained over a restart.
  await fleet.hostNamed('drained').stop();
  await fleet.startHost('drained', { tags: ['drains', 'linux'] });
  await fleet.hostIs('drained', 'draining');
  const other = await fleet.submit(['work', 50], { requires: ['gpu'] });
  await fleet.ended(other);
  for (const id of waiting) expect(fleet.journal.signs(id)).toEqual([]);

  await fleet.colibri.hosts.setDraining('drained', false);
  for (const id of waiting) expect(await fleet.ended(id)).toMatchObject({ state: 'done', host: 'drained', attempt: 1 });
  await fleet.hostNamed('drained').stop();
}, 90_000);

test('closes the routes of a tag that a new probe does not find, and opens them when one does [R2] [R4]', async () => {
  const bin = join(fleet.dir, 'bin');
  const tool = join(bin, 'codex');
  mkdirSync(bin, { recursive: true });
  const install = () => {
    writeFileSync(tool, '#!/bin/sh\necho codex-cli 1.2.3\n');
    chmodSync(tool, 0o755);
  };
  install();
  const host = await fleet.startHost('probed', { env: { PATH: bin }, flags: ['--reprobe', '2s'] });
  expect(await fleet.hostIs('probed', 'online')).toMatchObject({ capabilities: expect.arrayContaining(['codex']) });
  expect(await fleet.ended(await fleet.submit(['work', 50], { requires: ['codex'] }))).toMatchObject({
    host: 'probed',
  });

  renameSync(tool, `${tool}.gone`);
  await host.said(/capabilities changed/);
  await until('the fleet knows', async () => {
    const { capabilities } = await fleet.hostIs('probed', 'online');
    return !capabilities.includes('codex');
  });
  const id = await fleet.submit(['work', 50], { requires: ['codex'] });
  await until('it is parked', async () => (await fleet.colibri.show(id)).state === 'parked');
  expect(await fleet.colibri.why(id)).toMatchObject({ reason: 'no-host-has-tag' });
  expect(fleet.journal.signs(id)).toEqual([]);

  install();
  // On demand, not to wait for the next round.
  const report = await fleet.colibri.hosts.probe('probed');
  expect(report.capabilities).toContain('codex');
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', host: 'probed', attempt: 1 });
}, 120_000);
