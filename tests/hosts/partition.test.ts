import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { monotonicMs } from '../system/harness/journal.ts';
import { until } from '../system/harness/until.ts';
import { noNamespaces } from './harness/requirements.ts';
import { Site } from './harness/site.ts';

const LEASE_MS = 6_000;
/** By then the tree of an attempt is empty, counted from the last renewal. */
const EMPTY_BY_MS = (LEASE_MS * 25) / 30;
const HOSTS = ['debby', 'domedog', 'osa'];
/** Longer than any test takes: what runs so long is released when enough was seen of it. */
const LONG_MS = 600_000;

describe.skipIf(noNamespaces())('three hosts, each in a network namespace of its own', () => {
  let site: Site;

  beforeAll(async () => {
    site = await Site.build(HOSTS, '6s');
    await Promise.all(HOSTS.map((name) => site.startHost(name, 3)));
  }, 120_000);

  beforeEach(async () => {
    await Promise.all(HOSTS.map((name) => site.fleet.hostIs(name, 'online')));
  }, 60_000);

  // After whatever fault: nothing lost, nothing twice at once, and all hosts are back by themselves.
  afterEach(async () => {
    site.fleet.releaseAll();
    await site.fleet.expectSound();
    await Promise.all(HOSTS.map((name) => site.fleet.hostIs(name, 'online')));
  }, 120_000);

  afterAll(async () => {
    await site?.close();
  }, 60_000);

  /**
   * Starts agents, some that mind TERM and some that do not; returns the host with most of them, what runs there, and
   * all. They run until they are released, or for so long.
   */
  async function occupy(ms = LONG_MS): Promise<{ host: string; ids: string[]; all: string[] }> {
    const { fleet } = site;
    const all = await Promise.all([
      ...[1, 2, 3].map(() => fleet.submit(['work', ms])),
      ...[1, 2, 3].map(() => fleet.submit(['stubborn', ms])),
    ]);
    const starts = await Promise.all(all.map((id) => fleet.started(id)));
    const on = (name: string) => all.filter((_, at) => starts[at]?.host === name);
    const host = HOSTS.toSorted((a, b) => on(b).length - on(a).length)[0] ?? '';
    return { host, ids: on(host), all };
  }

  test('row 7: a host whose link is down ends its agents before others start again what they did [P2] [P3] [T3]', async () => {
    const { fleet, network } = site;
    const { host, ids, all } = await occupy();
    const cutAt = monotonicMs();
    network.cut(host);
    for (const id of ids) {
      expect((await fleet.started(id, 2)).host).not.toBe(host);
      expect(fleet.journal.lastSign(id, 1) - cutAt).toBeLessThan(EMPTY_BY_MS);
    }
    await fleet.hostIs(host, 'stale');
    network.plugIn(host);
    await fleet.hostIs(host, 'online');
    fleet.release(...all);
    for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done' });
  }, 120_000);

  test('row 8: a host that no answer reaches ends its agents, although the server still hears it [P3] [T3]', async () => {
    const { fleet, network } = site;
    const { host, ids, all } = await occupy();
    const { workflowId } = await fleet.colibri.show(ids[0] ?? '');
    const deafAt = { wall: Date.now(), monotonic: monotonicMs() };
    network.deafen(host);
    await until('the server hears another heartbeat of it', async () => {
      const { raw } = await fleet.colibri.client.workflow.getHandle(workflowId).describe();
      const heard = raw.pendingActivities?.[0]?.lastHeartbeatTime;
      return Number(heard?.seconds) * 1000 + Number(heard?.nanos) / 1e6 > deafAt.wall + 100;
    });
    for (const id of ids) {
      expect((await fleet.started(id, 2)).host).not.toBe(host);
      expect(fleet.journal.lastSign(id, 1) - deafAt.monotonic).toBeLessThan(EMPTY_BY_MS);
    }
    network.undeafen(host);
    fleet.release(...all);
    for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done' });
  }, 120_000);

  test('rows 1 and 5: one worker killed and one stopped at the same time leave all to the third [P2] [P3] [T3]', async () => {
    const { fleet } = site;
    // Not for long: what runs on the third must make room there.
    const { host: killed } = await occupy(8_000);
    const stopped = HOSTS.find((name) => name !== killed) ?? '';
    const faultAt = monotonicMs();
    const struck = fleet.journal.lifetimes().filter(({ host, to }) => host !== '' && to > faultAt - 200);
    await fleet.kill(killed);
    fleet.hostNamed(stopped).signal('SIGSTOP');
    for (const { task, attempt, host } of struck) {
      if (host !== killed && host !== stopped) continue;
      await fleet.started(task, attempt + 1);
      expect(fleet.journal.lastSign(task, attempt) - faultAt).toBeLessThan(EMPTY_BY_MS);
    }
    await site.startHost(killed, 3);
    await until('two leases pass', () => monotonicMs() - faultAt > 2 * LEASE_MS);
    fleet.hostNamed(stopped).signal('SIGCONT');
  }, 120_000);

  test('a worker that is stopped while it is cut off ends its agents and itself within 30 s [P2] [P3] [P4]', async () => {
    const { fleet, network } = site;
    const { host, ids, all } = await occupy();
    network.cut(host);
    const cutAt = monotonicMs();
    const worker = fleet.hostNamed(host);
    worker.signal('SIGTERM');
    expect(await worker.exited).toMatchObject({ code: 0 });
    expect(monotonicMs() - cutAt).toBeLessThan(30_000);
    for (const id of ids) expect(fleet.journal.lastSign(id, 1) - cutAt).toBeLessThan(EMPTY_BY_MS);
    network.plugIn(host);
    // It finds the tasks that it could not give back in its records.
    await site.startHost(host, 3);
    fleet.release(...all);
    for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done' });
  }, 120_000);

  test('row 3: the server killed, and started again on its file after 20 s, has lost nothing [P2] [T3]', async () => {
    const { fleet } = site;
    const parked = await fleet.submit(['work', 50], { requires: ['gpu'] });
    await until('it is parked', async () => (await fleet.colibri.show(parked)).state === 'parked');
    const { submittedAt } = await fleet.colibri.show(parked);
    // The outage is shorter than 0.6 of its lease less one heartbeat: it is never fenced.
    const long = await fleet.submit(['work', LONG_MS], { lease: '60s' });
    // The default lease is fenced after 18 s: the server could give it away at 30 s, and nobody hears that it does not.
    const usual = await fleet.submit(['work', LONG_MS], { lease: '30s' });
    await Promise.all([fleet.started(long), fleet.started(usual)]);
    await site.killServer();
    await delay(20_000);
    await site.startServer();
    await Promise.all(HOSTS.map((name) => fleet.hostIs(name, 'online')));
    fleet.release(long, usual);

    expect(await fleet.ended(long)).toMatchObject({ state: 'done', attempt: 1 });
    const view = await fleet.ended(usual);
    expect(view.state).toBe('done');
    expect(view.attempt).toBeLessThanOrEqual(2);
    expect(await fleet.colibri.show(parked)).toMatchObject({ state: 'parked', submittedAt });
    await fleet.colibri.cancel(parked);
  }, 180_000);
});
