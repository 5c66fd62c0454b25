import { afterAll, beforeAll, expect, it } from 'vitest';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import { until } from './harness/until.ts';

/** What a loaded machine may need on top. */
const LATE_MS = 5_000;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '10s' });
  await fleet.startHost('debby', { tags: ['a'], slots: 8 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

it('ends a task at its total timeout, whether it waits or runs, and its agent with it [B4]', async () => {
  const from = monotonicMs();
  const parked = await fleet.submit(['work', 50], { requires: ['nowhere'], totalTimeout: '3s' });
  const running = await fleet.submit(['work', 600_000], { requires: ['a'], totalTimeout: '4s', maxAttempts: 3 });
  const short = await fleet.submit(['work', 50], { requires: ['a'], totalTimeout: '60s' });
  for (const id of [parked, running]) {
    const view = await fleet.ended(id);
    expect(view).toMatchObject({ state: 'failed', failure: { code: 'timeout' } });
    expect(view.failure?.message).toContain('total timeout');
  }
  expect(monotonicMs() - from).toBeLessThan(4_000 + LATE_MS);
  expect(fleet.journal.signs(running).some(({ kind }) => kind === 'term')).toBe(true);
  expect(await fleet.ended(short)).toMatchObject({ state: 'done', totalTimeoutMs: 60_000 });
  await fleet.expectSound();
}, 60_000);

it('gives a task that is tried anew its whole total timeout again [B4]', async () => {
  const id = await fleet.submit(['work', 50], { requires: ['nowhere'], totalTimeout: '4s' });
  expect(await fleet.ended(id)).toMatchObject({ state: 'failed', failure: { code: 'timeout' } });
  const from = monotonicMs();
  await fleet.colibri.board.retry(id, {}, 'test');
  const { history } = await fleet.ended(id);
  expect(monotonicMs() - from).toBeGreaterThan(3_000);
  expect(history.filter(({ state }) => state === 'failed')).toHaveLength(2);
}, 60_000);

it('ends an attempt that prints nothing for too long, and none that goes on talking [B4]', async () => {
  const spec = { requires: ['a'], silence: '2s' };
  const mute = await fleet.submit(['work', 600_000], spec);
  const talking = await fleet.submit(['count', 8, 500], spec);
  expect(await fleet.ended(mute)).toMatchObject({ state: 'failed', failure: { code: 'silent' }, silenceMs: 2_000 });
  expect(await fleet.ended(talking)).toMatchObject({ state: 'done', attempt: 1 });
}, 60_000);

it('doubles the wait after each failure of the agent, and says that it rests [B4]', async () => {
  const id = await fleet.submit(['no-such-act'], { requires: ['a'], maxAttempts: 4, retryDelay: '1s' });
  const why = await until('it rests', async () => {
    const said = await fleet.colibri.why(id);
    return said.reason === 'retry-later' ? said : undefined;
  });
  expect(why).toMatchObject({ state: 'queued', retryAt: expect.any(String) });
  expect(why.sentence).toMatch(/tried again by itself: .*attempt \d of 4 failed/);
  const { history, ...view } = await fleet.ended(id);
  expect(view).toMatchObject({ state: 'failed', attempt: 4, failure: { code: 'agent-error' } });
  const times = (state: string) => history.filter((entry) => entry.state === state).map(({ at }) => Date.parse(at));
  const waits = times('claimed').map((at, n) => at - (times('queued')[n] ?? 0));
  expect(waits).toHaveLength(4);
  for (const [n, least] of [1_000, 2_000, 4_000].entries()) {
    expect(waits[n + 1]).toBeGreaterThanOrEqual(least);
    expect(waits[n + 1]).toBeLessThan(least + LATE_MS);
  }
}, 60_000);
