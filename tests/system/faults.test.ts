import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { testNamespace } from '../support/temporal-server.ts';
import { BLOCKABLE, Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import { until } from './harness/until.ts';

const LEASE_MS = 6_000;
/** By then the tree of an attempt is empty, counted from the last renewal. */
const EMPTY_BY_MS = (LEASE_MS * 25) / 30;
const HOST = { tags: ['linux'], slots: 4, env: BLOCKABLE };

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
  await Promise.all(['debby', 'domedog'].map((name) => fleet.startHost(name, HOST)));
}, 120_000);

beforeEach(async () => {
  await Promise.all(['debby', 'domedog'].map((name) => fleet.hostIs(name, 'online')));
}, 60_000);

// After whatever fault: nothing lost, nothing twice, all hosts back.
afterEach(async () => {
  await fleet.expectSound();
  await Promise.all(['debby', 'domedog'].map((name) => fleet.hostIs(name, 'online')));
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

test('row 1: kill -9 of a worker ends its agents within their lease, and they start again elsewhere [P2] [P3] [T3]', async () => {
  const ids = await Promise.all([
    fleet.submit(['work', 5_000]),
    fleet.submit(['work', 5_000]),
    fleet.submit(['stubborn', 5_000]),
  ]);
  const first = await Promise.all(ids.map((id) => fleet.started(id)));
  const host = first[0]?.host ?? '';
  const killedAt = monotonicMs();
  await fleet.kill(host);

  for (const [at, id] of ids.entries()) {
    if (first[at]?.host !== host) continue;
    const second = await fleet.started(id, 2);
    expect(second.host).not.toBe(host);
    expect(second.at - killedAt).toBeLessThan(60_000);
    expect(fleet.journal.lastSign(id, 1) - killedAt).toBeLessThan(EMPTY_BY_MS);
  }
  await fleet.startHost(host, HOST);
  for (const id of ids) expect(await fleet.ended(id)).toMatchObject({ state: 'done' });
}, 120_000);

test('row 1: a leash that is killed is replaced, and a worker started again at once gives its tasks back before the lease is over [P3] [T3]', async () => {
  const id = await fleet.submit(['stubborn', 6_000], { lease: '60s' });
  const { host } = await fleet.started(id);
  const leash = fleet.leashOf(host);
  process.kill(leash, 'SIGKILL');
  await until('there is another leash', () => fleet.leashOf(host) !== leash);
  expect(fleet.journal.lifetimes(id)).toHaveLength(1);

  const killedAt = monotonicMs();
  await fleet.kill(host);
  await fleet.startHost(host, HOST);
  const second = await fleet.started(id, 2);
  expect(second.at - killedAt).toBeLessThan(30_000);
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 2 });
}, 120_000);

test('row 2: kill -9 of the control worker leaves agents alone, and the work goes on when it is back [T3]', async () => {
  const long = await fleet.submit(['work', 4_000]);
  await fleet.started(long);
  fleet.control.signal('SIGKILL');
  await fleet.control.exited;
  const meanwhile = await fleet.submit(['work', 200]);
  // It comes to its end with nobody there to hear of it.
  await until('the agent has ended', () => fleet.journal.lifetimes(long).some(({ stopped }) => stopped));
  fleet.control = await fleet.startControl();
  expect(await fleet.ended(long)).toMatchObject({ state: 'done', attempt: 1 });
  expect(await fleet.ended(meanwhile)).toMatchObject({ state: 'done', attempt: 1 });
}, 120_000);

test('row 4: kill -9 of an agent is recorded as its failure within 5 s, with the signal [S3] [B4]', async () => {
  const id = await fleet.submit(['work', 60_000]);
  await fleet.started(id);
  const pid = fleet.journal.signs(id)[0]?.pid ?? 0;
  const killedAt = performance.now();
  process.kill(pid, 'SIGKILL');
  const view = await fleet.ended(id);
  expect(performance.now() - killedAt).toBeLessThan(5_000);
  expect(view).toMatchObject({
    state: 'failed',
    result: { signal: 'SIGKILL', exitCode: null },
    failure: { code: 'agent-error' },
  });
  expect(view.failure?.message).toContain('SIGKILL');
}, 60_000);

for (const [how, stop, go] of [
  ['stopped by SIGSTOP', 'SIGSTOP', 'SIGCONT'],
  ['whose event loop is blocked', 'SIGURG', null],
] as const) {
  test(`row 5: the leash ends the agents of a worker ${how} for two leases, and what it then reports is refused [P3] [T3]`, async () => {
    const long = await fleet.submit(['stubborn', 9_000]);
    const { host } = await fleet.started(long);
    // Comes to its own end while the worker cannot hear of it: one accepted result, though it ran twice, one by one.
    const short = await until('a short task runs on the same host', async () => {
      const id = await fleet.submit(['work', 1_500]);
      return (await fleet.started(id)).host === host ? id : null;
    });
    const worker = fleet.hostNamed(host);
    const since = worker.lines.length;
    const stoppedAt = monotonicMs();
    worker.signal(stop);
    for (const id of [long, short]) {
      await fleet.started(id, 2);
      expect(fleet.journal.lastSign(id, 1) - stoppedAt).toBeLessThan(EMPTY_BY_MS);
    }
    await until('two leases pass', () => monotonicMs() - stoppedAt > 2 * LEASE_MS);
    if (go) worker.signal(go);
    await worker.said(/attempt ended/, { since });
    expect(await fleet.ended(long)).toMatchObject({ state: 'done', attempt: 2 });
    expect(await fleet.ended(short)).toMatchObject({ state: 'done', attempt: 2 });
  }, 120_000);
}

test('row 18: a second host by a name that is taken is refused with what to do, and ends with code 4 [P1] [T3]', async () => {
  const program = fleet.launchHost('debby', { ...HOST, home: fleet.homeOf('impostor'), as: 'impostor' });
  expect(await program.exited).toMatchObject({ code: 4 });
  expect(program.lines.join('\n')).toMatch(/the name debby is held by another worker of this machine, .*--name/);

  const twin = fleet.launchHost('debby', { ...HOST, as: 'twin' });
  expect(await twin.exited).toMatchObject({ code: 4 });
  expect(twin.lines.join('\n')).toMatch(/another worker \(process \d+\) already runs/);

  const id = await fleet.submit(['work', 100]);
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
}, 60_000);
