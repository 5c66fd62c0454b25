import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
}, 120_000);

afterEach(async () => {
  await Promise.all([...fleet.hosts.values()].map((host) => host.stop()));
}, 60_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** The most of these tasks that lived at once, whatever their hosts, by their own clocks. */
function mostAtOnce(ids: readonly string[]): number {
  const edges = ids
    .flatMap((id) => fleet.journal.lifetimes(id))
    .flatMap(({ from, to }) => [
      { at: from, by: 1 },
      { at: to, by: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.by - b.by);
  let now = 0;
  return Math.max(...edges.map(({ by }) => (now += by)));
}

describe('tasks that share the key of a limit', () => {
  it('run so many at once and no more, first come first served, and a parked one keeps no place [R9]', async () => {
    await fleet.startHost('roomy', { tags: ['a'], slots: 6 });
    const limit = { key: 'repo: x/y', max: 2 };
    const parked = await fleet.submit(['work', 50], { requires: ['nowhere'], limit });
    await until('it is parked', async () => (await fleet.colibri.show(parked)).state === 'parked');
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await fleet.submit(['work', 3_000], { requires: ['a'], limit }));
    const why = await until('one is in the line', async () => {
      const said = await Promise.all(ids.map((id) => fleet.colibri.why(id)));
      return said.find(({ reason, limit: place }) => reason === 'limit' && place?.position);
    });
    expect(why.sentence).toMatch(
      /^Only 2 tasks of "repo: x\/y" may run at once: .+ ha(s|ve) the places?\. It is number \d of \d/,
    );
    expect(why.limit).toMatchObject({ ...limit, holders: expect.any(Array) });
    expect(why.limit?.holders).not.toContain(parked);
    for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
    expect(mostAtOnce(ids)).toBe(2);
    // The first places go to who asks first; from then on the line decides, and two whose places become free at once may
    // begin in either order.
    const later = fleet.journal
      .lifetimes()
      .map(({ task }) => task)
      .slice(2);
    const line = ids.filter((id) => later.includes(id));
    for (const [n, id] of line.entries()) expect(Math.abs(later.indexOf(id) - n)).toBeLessThanOrEqual(1);
    await fleet.colibri.cancel(parked);
    await fleet.expectSound();
  }, 90_000);

  it('get the place of one that was terminated and could not give it back [R9]', async () => {
    await fleet.startHost('roomy', { tags: ['a'], slots: 6 });
    const limit = { key: 'gone', max: 1 };
    const held = await fleet.submit(['work', 600_000], { requires: ['a'], limit });
    await fleet.started(held);
    const next = await fleet.submit(['work', 50], { requires: ['a'], limit });
    await until('it waits in the line', async () => (await fleet.colibri.why(next)).reason === 'limit');
    await fleet.colibri.client.workflow.getHandle(`task/${held}`).terminate('test');
    expect(await fleet.ended(next, 80_000)).toMatchObject({ state: 'done' });
    expect(mostAtOnce([held, next])).toBe(1);
  }, 120_000);

  it('are never more at once while a host is killed and the control worker is started anew [R9] [T3]', async () => {
    await Promise.all(['left', 'right'].map((name) => fleet.startHost(name, { tags: ['a'], slots: 4 })));
    const limit = { key: 'shaken', max: 2 };
    const ids: string[] = [];
    for (let n = 0; n < 6; n += 1) ids.push(await fleet.submit(['work', 2_500], { requires: ['a'], limit }));
    const { host } = await fleet.started(ids[0] ?? '');
    await fleet.kill(host);
    fleet.control.signal('SIGKILL');
    await fleet.control.exited;
    fleet.control = await fleet.startControl();
    for (const id of ids) expect(await fleet.ended(id, 100_000)).toMatchObject({ state: 'done' });
    expect(mostAtOnce(ids)).toBeLessThanOrEqual(2);
    await fleet.expectSound();
  }, 150_000);
});
