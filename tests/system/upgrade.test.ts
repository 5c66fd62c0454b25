import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hostWorkflowId } from '../../schemas/names.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import type { Program } from './harness/program.ts';
import { until } from './harness/until.ts';

const HOST = 'debby';
const SLOTS = 4;
const TAKEOVER = ['--takeover'];
const JOINED = /has joined the fleet/;
const SUCCEEDED = /takes the place of this one, which finishes/;

let server: TestServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await testNamespace();
  fleet = await Fleet.start({ server, lease: '6s' });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** Every test ends with nothing running, nothing lost, and nothing left of the seats. */
afterEach(async () => {
  fleet.releaseAll();
  await fleet.expectSound();
  for (const worker of fleet.hosts.values()) await worker.stop();
  await fleet.hostIs(HOST, 'offline');
  expect(existsSync(join(folder(), 'seats')) ? readdirSync(join(folder(), 'seats')) : []).toEqual([]);
  expect(readdirSync(folder()).filter((name) => /lock|handing|end-now/.test(name))).toEqual([]);
}, 120_000);

const folder = () => join(fleet.homeOf(HOST), 'hosts', HOST);
const begin = () => fleet.startHost(HOST, { tags: ['linux'], slots: SLOTS });

/** A second worker that takes the place of the first, started by hand. */
function successor(as = 'successor', flags = TAKEOVER): Program {
  return fleet.launchHost(HOST, { tags: ['linux'], slots: SLOTS, flags, home: fleet.homeOf(HOST), as });
}

/** Longer than any test takes: what runs so long is released when enough was seen of it. */
const LONG_MS = 600_000;

const work = (ms: number, count: number) =>
  Promise.all(Array.from({ length: count }, () => fleet.submit(['work', ms], { requires: ['linux'] })));

/** How often the host was anything but live, by its workflow's history: each change is told to the fleet. */
async function statusesTold(): Promise<string[]> {
  const { events } = await fleet.colibri.client.workflow.getHandle(hostWorkflowId(HOST)).fetchHistory();
  return (events ?? []).flatMap((event) => {
    const { signalName, input } = event.signalExternalWorkflowExecutionInitiatedEventAttributes ?? {};
    const data = signalName === 'hostChanged' ? input?.payloads?.[0]?.data : undefined;
    return data ? [(JSON.parse(Buffer.from(data).toString()) as { status: string }).status] : [];
  });
}

test('takes over from a worker that finishes what it runs: no task lost, none twice, no slot too many [P4] [T3]', async () => {
  const old = await begin();
  const long = await work(LONG_MS, 3);
  for (const id of long) await fleet.started(id);
  const told = (await statusesTold()).length;
  const fresh = successor();
  await fresh.said(JOINED);
  await old.said(SUCCEEDED);
  const more = await work(1_500, 6);
  // Until the old one has noted what it runs, all slots count as its own.
  await until('both are counted', async () => {
    const { slots, running } = await fleet.colibri.hosts.show(HOST);
    const seen = new Set(running.map(({ taskId }) => taskId));
    return slots.used === SLOTS && long.every((id) => seen.has(id));
  });
  expect(old.running).toBe(true);
  // The one slot that the old one leaves is the new one's.
  for (const id of more) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
  expect(old.running).toBe(true);
  fleet.release(...long);
  for (const id of long) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
  expect(fleet.journal.mostAtOnce(HOST)).toBeLessThanOrEqual(SLOTS);
  expect(await old.exited).toEqual({ code: 0, signal: null });
  expect((await statusesTold()).slice(told).filter((status) => status !== 'online')).toEqual([]);

  // Now that it is alone, all slots are its own again.
  const all = await work(LONG_MS, SLOTS);
  for (const id of all) await fleet.started(id);
  await until('all slots are used', async () => (await fleet.colibri.hosts.show(HOST)).slots.used === SLOTS);
  fleet.release(...all);
}, 120_000);

test('is upgraded in place by SIGUSR2, again and again, seen as one process by what started it [P4]', async () => {
  const service = await begin();
  const first = await work(LONG_MS, 1);
  await fleet.started(first[0] ?? '');
  const instance = async () => (await fleet.colibri.hosts.show(HOST)).registration?.instanceId;
  const known = new Set([await instance()]);
  const seen: string[][] = [first];
  for (const round of [1, 2]) {
    service.signal('SIGUSR2');
    await until('another worker holds the host', async () => !known.has(await instance()), { withinMs: 60_000 });
    known.add(await instance());
    const ids = await work(LONG_MS, 1);
    expect(await fleet.started(ids[0] ?? '')).toMatchObject({ host: HOST });
    seen.push(ids);
    expect({ round, running: service.running }).toEqual({ round, running: true });
  }
  fleet.release(...seen.flat());
  for (const id of seen.flat()) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
  const last = await work(LONG_MS, 1);
  await fleet.started(last[0] ?? '');
  const stoppedAt = monotonicMs();
  expect(await service.stop()).toMatchObject({ code: 0 });
  expect(monotonicMs() - stoppedAt).toBeLessThan(20_000);
  await fleet.hostIs(HOST, 'offline');
  await fleet.colibri.cancel(last[0] ?? '');
}, 150_000);

test('goes on as before when the new worker is killed, before or after it has taken over [P4] [T3]', async () => {
  const old = await begin();
  // They run as long as the test needs: an old one that has finished is right to leave.
  const long = await work(LONG_MS, 2);
  for (const id of long) await fleet.started(id);
  for (const [as, when] of [
    ['early', /can do:/],
    ['late', JOINED],
  ] as const) {
    const fresh = successor(as);
    await fresh.said(when);
    if (as === 'late') {
      await old.said(SUCCEEDED);
      const its = await work(LONG_MS, 1);
      await fleet.started(its[0] ?? '');
      long.push(...its);
    }
    fresh.signal('SIGKILL');
    await fresh.exited;
  }
  await old.said(/this one goes on/);
  const after = await work(200, 3);
  for (const id of after) expect(await fleet.ended(id)).toMatchObject({ state: 'done' });
  expect((await fleet.colibri.hosts.show(HOST)).status).toBe('online');
  // The killed one's task comes again when its lease is over; by then a host that nobody held would be stale.
  const [one = '', two = '', killed = ''] = long;
  await fleet.started(killed, 2);
  expect(await statusesTold()).not.toContain('stale');
  fleet.release(...long);
  expect(await fleet.ended(killed)).toMatchObject({ state: 'done', attempt: 2 });
  for (const id of [one, two]) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
  // What the killed one left in its seat is cleared by whoever starts next.
  await old.stop();
  await begin();
}, 300_000);

test('gives the tasks of the old worker to the new one when the old one is killed meanwhile [P4] [T3]', async () => {
  const old = await begin();
  const long = await work(LONG_MS, 2);
  for (const id of long) await fleet.started(id);
  const fresh = successor();
  await fresh.said(JOINED);
  await old.said(SUCCEEDED);
  old.signal('SIGKILL');
  for (const id of long) {
    const next = await fleet.started(id, 2, 30_000);
    expect(next.host).toBe(HOST);
    fleet.release(id);
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 2 });
  }
}, 120_000);

test('hands over at a deadline what either of two workers runs [P4]', async () => {
  const other = await fleet.startHost('domedog', { tags: ['linux'], slots: SLOTS });
  await fleet.colibri.hosts.setDraining('domedog', true);
  await fleet.hostIs('domedog', 'draining');
  const old = await begin();
  const before = await work(LONG_MS, 1);
  await fleet.started(before[0] ?? '');
  const fresh = successor();
  await fresh.said(JOINED);
  await old.said(SUCCEEDED);
  const after = await work(LONG_MS, 1);
  await fleet.started(after[0] ?? '');
  await fleet.colibri.hosts.setDraining('domedog', false);
  await fleet.colibri.hosts.setDraining(HOST, true, { by: 'mk', deadlineMs: 500 });
  for (const id of [...before, ...after]) {
    expect((await fleet.started(id, 2, 30_000)).host).toBe('domedog');
  }
  expect(await old.exited).toEqual({ code: 0, signal: null });
  fleet.release(...before, ...after);
  for (const id of [...before, ...after]) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 2 });
  await fleet.colibri.hosts.setDraining(HOST, false);
  await other.stop();
}, 150_000);

test('is refused without --takeover, and while another worker is just taking over [P1]', async () => {
  const old = await begin();
  const second = successor('second', []);
  expect(await second.exited).toMatchObject({ code: 4 });
  expect(second.tail()).toMatch(new RegExp(`another worker \\(process ${old.pid}\\).*--takeover`));
  const [one, two] = [successor('one'), successor('two')];
  const ended = await Promise.race([
    one.exited.then(() => one),
    two.exited.then(() => two),
    old.exited.then(() => old),
  ]);
  // One of the two took over and the old worker, which ran nothing, left; or they came one after the other.
  const winner = await until('one of them has the host', () =>
    [one, two].find((worker) => worker.running && worker.lines.some((line) => JOINED.test(line))),
  );
  expect(ended).not.toBe(winner);
  expect(await old.exited).toMatchObject({ code: 0 });
  const [id = ''] = await work(100, 1);
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
}, 120_000);
