import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TaskSpecInput } from '../../schemas/task.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import { until } from './harness/until.ts';

/** What a loaded machine may need from a decision to the agent's first sign of life. */
const LATE_MS = 2_500;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '10s' });
}, 120_000);

afterEach(async () => {
  await Promise.all([...fleet.hosts.values()].map((host) => host.stop()));
  const isGone = ({ status }: { status: string }) => status === 'offline' || status === 'stale';
  await until('all hosts are gone', async () => (await fleet.colibri.hosts.list()).every(isGone));
}, 60_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** The first of an activity's arguments, as histories keep them. */
function firstJson(
  input: { payloads?: { data?: Uint8Array | null }[] | null } | null | undefined,
): Record<string, unknown> {
  return JSON.parse(Buffer.from(input?.payloads?.[0]?.data ?? []).toString('utf8'));
}

/** Submits a short task and says where it ran, and how long after it was submitted. */
async function place(spec: Partial<TaskSpecInput>): Promise<{ host: string; afterMs: number }> {
  const from = monotonicMs();
  const id = await fleet.submit(['work', 50], spec);
  const { attempt } = await fleet.ended(id, 30_000);
  const { host, at } = await fleet.started(id, attempt);
  return { host, afterMs: at - from };
}

describe('preferred tags', () => {
  it('lead to the host that has most of them, which is not waited for while it is busy or away [R5]', async () => {
    await Promise.all([
      fleet.startHost('plain', { tags: ['a'], slots: 4 }),
      fleet.startHost('good', { tags: ['a', 'p'], slots: 1 }),
      fleet.startHost('best', { tags: ['a', 'p', 'q'], slots: 1 }),
    ]);
    for (const name of ['plain', 'good', 'best']) await fleet.hostIs(name, 'online');
    const spec = { requires: ['a'], prefers: ['p', 'q'] };
    expect((await place(spec)).host).toBe('best');

    // Their only slots taken, and that known, the next is offered it at once.
    const held = [];
    for (const host of ['best', 'good']) {
      const id = await fleet.submit(['work', 60_000], { host });
      await fleet.started(id);
      await fleet.hostIs(host, 'busy');
      held.push(id);
      const next = await place(spec);
      expect(next.host).toBe(host === 'best' ? 'good' : 'plain');
      expect(next.afterMs).toBeLessThan(LATE_MS);
    }
    for (const id of held) await fleet.colibri.cancel(id);
    for (const id of held) await fleet.ended(id);
    await fleet.hostIs('best', 'online');
    expect((await place(spec)).host).toBe('best');
    await fleet.hostNamed('best').stop();
    await fleet.hostIs('best', 'offline');
    expect((await place(spec)).host).toBe('good');
    expect(await fleet.expectSound()).not.toEqual([]);
  }, 120_000);

  it('hold nobody back when the host that has them is stopped without anyone knowing [R5]', async () => {
    await Promise.all([
      fleet.startHost('ready', { tags: ['a'], slots: 4 }),
      fleet.startHost('frozen', { tags: ['a', 'p'], slots: 4 }),
    ]);
    for (const name of ['ready', 'frozen']) await fleet.hostIs(name, 'online');
    const spec = { requires: ['a'], prefers: ['p'] };
    expect((await place(spec)).host).toBe('frozen');
    fleet.hostNamed('frozen').signal('SIGSTOP');
    const started = await place(spec);
    // It looks as free as before, and what the server hands it lies there until its lease is over.
    await fleet.hostIs('frozen', 'online', 1_000);
    expect(started.host).toBe('ready');
    // Half of the wait for the one, and half a second for its word; not the lease.
    expect(started.afterMs).toBeLessThan(2_000 + LATE_MS);
    fleet.hostNamed('frozen').signal('SIGCONT');
    await fleet.expectSound();
  }, 90_000);

  it('are given up within the wait by a lot of tasks that want the same few slots [R5]', async () => {
    await Promise.all([
      fleet.startHost('wide', { tags: ['a'], slots: 8 }),
      fleet.startHost('narrow', { tags: ['a', 'p'], slots: 1 }),
    ]);
    for (const name of ['wide', 'narrow']) await fleet.hostIs(name, 'online');
    const from = monotonicMs();
    const ids = await Promise.all(
      Array.from({ length: 8 }, () => fleet.submit(['work', 600_000], { requires: ['a'], prefers: ['p'] })),
    );
    const starts = await Promise.all(ids.map((id) => fleet.started(id)));
    expect(starts.filter(({ host }) => host === 'narrow')).toHaveLength(1);
    for (const { at } of starts) expect(at - from).toBeLessThan(2_000 + 2 * LATE_MS);
    fleet.release(...ids);
    await fleet.expectSound();
  }, 90_000);
});

describe('further sets of tags', () => {
  const alternatives = [{ requires: ['linux'], afterMs: 4_000 }];

  it('are used after their wait, and said before [R9]', async () => {
    await fleet.startHost('tux', { tags: ['linux'] });
    await fleet.hostIs('tux', 'online');
    const from = monotonicMs();
    const id = await fleet.submit(['work', 50], { requires: ['zfs'], alternatives });
    await until('it is parked', async () => (await fleet.colibri.show(id)).state === 'parked');
    const why = await fleet.colibri.why(id);
    expect(why).toMatchObject({ state: 'parked', reason: 'no-host-has-tag' });
    const { host, at } = await fleet.started(id);
    expect(host).toBe('tux');
    expect(at - from).toBeGreaterThan(4_000);
    expect(at - from).toBeLessThan(4_000 + LATE_MS);
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1, host: 'tux', requires: ['zfs'] });
  }, 60_000);

  it('are not used when a host of the first set comes before [R9]', async () => {
    await fleet.startHost('tux', { tags: ['linux'] });
    const slow = [{ requires: ['linux'], afterMs: 60_000 }];
    const id = await fleet.submit(['work', 50], { requires: ['zfs'], alternatives: slow });
    await until('it is parked', async () => (await fleet.colibri.show(id)).state === 'parked');
    await fleet.startHost('beastie', { tags: ['zfs'] });
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', host: 'beastie' });
  }, 60_000);

  it('come in their time for a task whose host was lost as well [R9] [P2]', async () => {
    await fleet.startHost('beastie', { tags: ['zfs'] });
    await fleet.startHost('tux', { tags: ['linux'] });
    const id = await fleet.submit(['work', 3_000], { requires: ['zfs'], alternatives });
    await fleet.started(id);
    await fleet.kill('beastie');
    const { host } = await fleet.started(id, 2);
    expect(host).toBe('tux');
    const { workflowId } = await fleet.ended(id);
    expect(await fleet.colibri.show(id)).toMatchObject({ state: 'done', attempt: 2, host: 'tux' });
    // The host that ran it knows whose worker may have died of it.
    const { events = [] } = await fleet.colibri.client.workflow.getHandle(workflowId).fetchHistory();
    const offers = (events ?? []).flatMap(({ activityTaskScheduledEventAttributes: offer }) =>
      offer?.activityType?.name === 'runAgent' ? [firstJson(offer.input)] : [],
    );
    expect(offers.map(({ deathsBefore }) => deathsBefore)).toEqual([[], [1], [1]].slice(0, offers.length));
    await fleet.expectSound();
  }, 90_000);
});

describe('a host that keeps itself for a tag', () => {
  it('takes only what requires that tag, and is named as the reason why the rest waits [R9]', async () => {
    await fleet.startHost('scarce', { tags: ['linux', 'gpu'], slots: 2, flags: ['--reserve', 'gpu'] });
    expect(await fleet.hostIs('scarce', 'online')).toMatchObject({ reserve: ['gpu'] });
    const generic = await fleet.submit(['work', 50], { requires: ['linux'] });
    expect(await place({ requires: ['gpu', 'linux'] })).toMatchObject({ host: 'scarce' });
    expect(
      await place({ requires: ['linux'], alternatives: [{ requires: ['gpu', 'linux'], afterMs: 500 }] }),
    ).toMatchObject({ host: 'scarce' });
    const why = await fleet.colibri.why(generic);
    expect(why).toMatchObject({
      state: 'parked',
      reason: 'all-reserved',
      hosts: expect.arrayContaining([expect.objectContaining({ name: 'scarce', missing: [], reserved: ['gpu'] })]),
    });
    expect(why.sentence).toContain('scarce keeps itself for tasks that require "gpu"');
    expect(fleet.journal.signs(generic)).toEqual([]);
    await fleet.startHost('tux', { tags: ['linux'] });
    expect(await fleet.ended(generic)).toMatchObject({ state: 'done', host: 'tux' });
  }, 60_000);
});

describe('a task for one host alone', () => {
  it('waits for it, runs nowhere else, and goes on there when its worker was killed and is back [R9] [P2]', async () => {
    await fleet.startHost('other', { tags: ['a'], slots: 4 });
    await fleet.hostIs('other', 'online');
    const id = await fleet.submit(['work', 4_000], { requires: ['a'], host: 'home' });
    const open = await fleet.submit(['work', 50], { requires: ['a'] });
    expect(await fleet.ended(open)).toMatchObject({ host: 'other' });
    await until('it is parked', async () => (await fleet.colibri.show(id)).state === 'parked');
    expect(await fleet.colibri.why(id)).toMatchObject({ reason: 'no-such-host' });
    await fleet.startHost('home', { tags: ['a'], slots: 1 });
    expect(await fleet.started(id)).toMatchObject({ host: 'home' });
    await fleet.kill('home');
    await fleet.startHost('home', { tags: ['a'], slots: 1 });
    expect(await fleet.started(id, 2)).toMatchObject({ host: 'home' });
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 2, host: 'home' });
    expect(fleet.journal.signs(id).every(({ host }) => host === 'home')).toBe(true);
    await fleet.expectSound();
  }, 90_000);
});
