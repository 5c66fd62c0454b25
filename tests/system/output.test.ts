import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { SessionEvent } from '../../client/index.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import { until } from './harness/until.ts';

const MB = 1024 ** 2;
const LIVE_LIMIT = 512 * 1024;
const TRANSCRIPT_LIMIT = 4_000_000;

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
  await Promise.all([
    fleet.startHost('roomy', { tags: ['roomy'] }),
    fleet.startHost('tight', { tags: ['tight'], flags: ['--transcript-limit', '4MB'] }),
    fleet.startHost('sweeper', { tags: ['sweeper'], env: { COLIBRI_CONTAINMENT: 'sweep' } }),
  ]);
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** Resident memory of a process, in bytes: now, and the most there was since it was last forgotten. */
function memory(pid: number): { now: number; most: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kB = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1]) * 1024;
  return { now: kB('VmRSS'), most: kB('VmHWM') };
}

function transcript(host: string, id: string): SessionEvent[] {
  const file = join(fleet.homeOf(host), 'sessions', id, '1', 'events.jsonl');
  return readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as SessionEvent);
}

function textOf(events: readonly SessionEvent[]): string {
  return events.flatMap((event) => (event.type === 'output' ? [event.text] : [])).join('');
}

async function live(id: string): Promise<SessionEvent[]> {
  const events: SessionEvent[] = [];
  for await (const { event } of fleet.colibri.logs(id)) events.push(event);
  return events;
}

test('row 16: 100 MB of output leave the worker small, its lease kept, the transcript whole and the live stream capped [S2] [T3]', async () => {
  // What the first task needs in any case is not held against the output.
  await fleet.ended(await fleet.submit(['flood', 2], { requires: ['roomy'] }));
  const worker = fleet.hostNamed('roomy');
  const before = memory(worker.pid).now;
  const id = await fleet.submit(['flood', 100], { requires: ['roomy'] });
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
  expect(memory(worker.pid).most - before).toBeLessThan(64 * MB);
  expect(worker.lines.filter((line) => /not acknowledged|leash ends/.test(line))).toEqual([]);

  const events = transcript('roomy', id);
  expect(textOf(events).length).toBe(100 * MB);
  expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
  const streamed = await live(id);
  expect(streamed.filter(({ type }) => type === 'live-capped')).toMatchObject([{ limitBytes: LIVE_LIMIT }]);
  expect(textOf(streamed).length).toBeLessThanOrEqual(LIVE_LIMIT);
  expect(streamed.at(-1)).toMatchObject({ type: 'ended' });
}, 120_000);

test('row 16: a transcript ends at its bound with a mark, and what follows is still told [S2] [T3]', async () => {
  const id = await fleet.submit(['flood', 20], { requires: ['tight'] });
  await fleet.ended(id);
  const events = transcript('tight', id);
  expect(events.filter(({ type }) => type === 'transcript-capped')).toMatchObject([{ limitBytes: TRANSCRIPT_LIMIT }]);
  expect(textOf(events).length).toBeLessThanOrEqual(TRANSCRIPT_LIMIT);
  expect(textOf(events).length).toBeGreaterThan(TRANSCRIPT_LIMIT / 2);
  expect(events.at(-1)).toMatchObject({ type: 'ended', outcome: 'succeeded' });
}, 60_000);

test('row 17: bad UTF-8, NUL bytes and a line of 50 MB are kept as text that can be read [S2] [T3]', async () => {
  const id = await fleet.submit(['junk'], { requires: ['roomy'] });
  const view = await fleet.ended(id);
  expect(view).toMatchObject({ state: 'done', attempt: 1 });
  const text = textOf(transcript('roomy', id));
  expect(text.startsWith('\ufffd\ufffd\0A\ufffd\nLLLL')).toBe(true);
  expect(text.endsWith('L\nafter the long line\n\ufffd')).toBe(true);
  expect(text.length).toBe('\ufffd\ufffd\0A\ufffd\n'.length + 50 * MB + '\nafter the long line\n\ufffd'.length);
  expect(view.result?.tail.at(-2)).toBe('after the long line');
  expect(view.result?.tail.every((line) => line.length <= 401)).toBe(true);
  expect(textOf(await live(id)).startsWith('\ufffd\ufffd\0A\ufffd\nL')).toBe(true);
}, 120_000);

for (const host of ['roomy', 'sweeper']) {
  test(`row 15: children in sessions of their own are gone within 2 s of the kill, host ${host} [S3] [T3]`, async () => {
    const { registration } = await fleet.colibri.hosts.show(host);
    // Without a cgroup a child that has also cleared its environment evades every search.
    const act = registration?.containment === 'cgroup' ? ['family', 'orphan'] : ['family', 'heir'];
    const escaped = (id: string) =>
      new Set(fleet.journal.signs(id).flatMap((s) => (s.act === 'escaped' ? [s.pid] : [])));

    const cancelled = await fleet.submit(act, { requires: [host], grace: '500ms' });
    await until('both children live', () => escaped(cancelled).size === 2);
    const cancelledAt = monotonicMs();
    await fleet.colibri.cancel(cancelled);
    expect(await fleet.ended(cancelled)).toMatchObject({ state: 'cancelled' });
    // Until the host hears of it, and the grace.
    expect(fleet.journal.lastSign(cancelled, 1) - cancelledAt).toBeLessThan(1_500 + 500 + 2_000);
    expect(fleet.journal.lastSign(cancelled, 1)).toBeLessThan(monotonicMs());

    const orphaned = await fleet.submit(act, { requires: [host], grace: 0 });
    await until('both children live', () => escaped(orphaned).size === 2);
    const main = fleet.journal.signs(orphaned).find((sign) => sign.act === 'family');
    const killedAt = monotonicMs();
    process.kill(main?.pid ?? 0, 'SIGKILL');
    expect(await fleet.ended(orphaned)).toMatchObject({ state: 'failed', result: { signal: 'SIGKILL' } });
    expect(fleet.journal.lastSign(orphaned, 1) - killedAt).toBeLessThan(2_000);

    const struck = await fleet.submit(act, { requires: [host] });
    await until('both children live', () => escaped(struck).size === 2);
    const struckAt = monotonicMs();
    await fleet.kill(host);
    await until('the leash has gone', () => {
      try {
        fleet.leashOf(host);
        return false;
      } catch {
        return true;
      }
    });
    // The leash itself gives them 2 s of grace.
    expect(fleet.journal.lastSign(struck, 1) - struckAt).toBeLessThan(2_000 + 2_000);
    const env: Record<string, string> = host === 'sweeper' ? { COLIBRI_CONTAINMENT: 'sweep' } : {};
    await fleet.startHost(host, { tags: [host], env });
    await until('it runs again', () => escaped(struck).size === 4);
    await fleet.colibri.cancel(struck);
    await fleet.expectSound();
  }, 90_000);
}
