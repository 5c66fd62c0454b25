import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, utimesSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { ensureTemporalCli } from '#setup/temporal-binaries.mjs';
import { Colibri } from '../../client/index.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import { Relay } from './harness/relay.ts';
import { until } from './harness/until.ts';

const INHERITED = ['PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'LANG', 'LANGUAGE', 'TZ', 'TMPDIR'];

let server: TestServer;
let fleet: Fleet;
let temporal: string;

beforeAll(async () => {
  server = await testNamespace();
  temporal = (await ensureTemporalCli()).path;
  fleet = await Fleet.start({ server, lease: '6s' });
}, 120_000);

beforeEach(restore, 90_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** Runs Temporal's own command line against the fleet's namespace. */
async function cli(...args: string[]): Promise<string> {
  const { HOME = '/', PATH = '' } = process.env;
  const all = ['workflow', ...args, '--address', server.address, '--namespace', server.namespace];
  const { stdout } = await promisify(execFile)(temporal, all, { env: { HOME, PATH } });
  return stdout;
}

async function linesOf(colibri: Colibri, id: string, seen: string[], signal?: AbortSignal): Promise<string[]> {
  for await (const { event } of colibri.logs(id, { follow: true, ...(signal ? { signal } : {}) })) {
    if (event.type === 'output') seen.push(event.text);
  }
  return seen.join('').split('\n').filter(Boolean);
}

const TAGS: Readonly<Record<string, string[]>> = { debby: ['linux'], domedog: ['linux', 'gui'] };

/** Both hosts as they were, whatever a test did to them. */
async function restore(): Promise<void> {
  for (const [name, tags] of Object.entries(TAGS)) {
    if (fleet.hosts.get(name)?.running) continue;
    await fleet.startHost(name, { tags, slots: 4, env: { SECRET_OF_THE_WORKER: 'x', LC_ALL: 'C' } });
  }
  for (const name of Object.keys(TAGS)) await fleet.hostIs(name, 'online');
}

const numbered = (attempt: number, times: number) =>
  Array.from({ length: times }, (_, n) => `attempt ${attempt} line ${n + 1}`);

test('takes a task that was started raw, with a workflow id of its own or without one, as a full citizen [B1]', async () => {
  const start = (input: object, ...more: string[]) =>
    cli(
      'start',
      '--type',
      'task',
      '--task-queue',
      'colibri',
      '--input',
      JSON.stringify(input),
      '--output',
      'json',
      ...more,
    );
  const { workflowId: own } = JSON.parse(await start({ command: ['echo', 'hi'], requires: ['linux'] }));
  await start({ command: ['echo', 'hi'], requires: ['linux'] }, '--workflow-id', 'nightly build 7');
  for (const id of [own, 'nightly build 7']) {
    const view = await fleet.colibri.wait(id);
    expect(view).toMatchObject({ state: 'done', workflowId: id, attempt: 1, result: { exitCode: 0, tail: ['hi'] } });
    await until('it is listed', async () => {
      const { tasks } = await fleet.colibri.list({ state: 'done', requires: ['linux'] });
      return tasks.some((task) => task.workflowId === id && task.host === view.host && task.name === 'echo hi');
    });
  }

  await start({ command: ['true'], requires: ['screenshott'] }, '--workflow-id', 'parked-raw');
  await until('it is parked', async () => (await fleet.colibri.show('parked-raw')).state === 'parked');
  expect(await fleet.colibri.why('parked-raw')).toMatchObject({ reason: 'no-host-has-tag' });
  await fleet.colibri.cancel('parked-raw', { reason: 'misspelt' });
  expect(await fleet.colibri.wait('parked-raw')).toMatchObject({ state: 'cancelled', failure: { code: 'cancelled' } });

  await start({ command: ['sleep', '600'] }, '--workflow-id', 'sleeper');
  await until('it runs', async () => (await fleet.colibri.show('sleeper')).state === 'running');
  await cli('cancel', '--workflow-id', 'sleeper');
  expect(await fleet.colibri.wait('sleeper')).toMatchObject({ state: 'cancelled', result: { signal: 'SIGTERM' } });

  await start({ command: ['true'], requirs: ['linux'] }, '--workflow-id', 'wrong');
  const wrong = await fleet.colibri.wait('wrong');
  expect(wrong).toMatchObject({ state: 'failed', failure: { code: 'invalid' } });
  expect(wrong.failure?.message).toContain('requirs');
}, 90_000);

test('ends the agent of a task whose workflow was terminated [P3] [S3]', async () => {
  const id = await fleet.submit(['stubborn']);
  await fleet.started(id);
  await cli('terminate', '--workflow-id', `task/${id}`);
  const { pid } = fleet.journal.signs(id)[0] ?? { pid: 0 };
  await until('its agent is gone', () => !existsSync(`/proc/${pid}`), { withinMs: 6_000 });
  expect(await fleet.colibri.show(id)).toMatchObject({ state: 'cancelled' });
}, 60_000);

test('cancels an agent that ignores TERM, leaves no process of it, and frees its slot before it says so [S3] [B1]', async () => {
  const id = await fleet.submit(['stubborn'], { grace: '500ms' });
  await fleet.started(id);
  await fleet.colibri.cancel(id, { reason: 'changed my mind', by: 'me' });
  const view = await fleet.ended(id);
  const endedAt = monotonicMs();
  expect(view).toMatchObject({ state: 'cancelled', result: { signal: 'SIGKILL' } });
  expect(view.failure?.message).toContain('changed my mind');
  expect(fleet.journal.signs(id).map(({ kind }) => kind)).toContain('term');
  expect(fleet.journal.lastSign(id, 1)).toBeLessThan(endedAt);
  const { pid } = fleet.journal.signs(id)[0] ?? { pid: 0 };
  expect(existsSync(`/proc/${pid}`)).toBe(false);
}, 60_000);

test('gives an agent the allow-list, what its task gives and who it is, and nothing else [T1] [S2]', async () => {
  const id = await fleet.submit(['environment'], { requires: ['linux'], env: { GIVEN: 'yes' } });
  const text = (await linesOf(fleet.colibri, id, [])).join('\n');
  const env = JSON.parse(text) as Record<string, string>;
  expect(env).toMatchObject({ GIVEN: 'yes', COLIBRI_TASK_ID: id, COLIBRI_SESSION_ID: `${id}/1`, COLIBRI_ATTEMPT: '1' });
  const others = Object.keys(env).filter((name) => !INHERITED.includes(name) && !name.startsWith('LC_'));
  expect(env.TEMPORAL_NAMESPACE).toBe(server.namespace);
  const { agent, tokenHash } = await fleet.colibri.show(id);
  expect(agent).toBe(env.COLIBRI_AGENT);
  expect(tokenHash).toBe(createHash('sha256').update(String(env.COLIBRI_AGENT_TOKEN)).digest('hex'));
  expect(others.sort()).toEqual([
    'COLIBRI_AGENT',
    'COLIBRI_AGENT_TOKEN',
    'COLIBRI_ATTEMPT',
    'COLIBRI_CONTEXT',
    'COLIBRI_HOST',
    'COLIBRI_REPORT',
    'COLIBRI_RUN_COOKIE',
    'COLIBRI_SESSION_ID',
    'COLIBRI_TASK_ID',
    'COLIBRI_WORKDIR',
    'GIVEN',
    'JOURNAL',
    'TEMPORAL_ADDRESS',
    'TEMPORAL_NAMESPACE',
  ]);
}, 60_000);

test('shows every line once to a watcher there from the start, to one that joins late and to one that loses its connection [S2]', async () => {
  const relay = await Relay.to({ host: '127.0.0.1', port: Number(server.address.split(':')[1]) });
  const env = { TEMPORAL_ADDRESS: relay.address, TEMPORAL_NAMESPACE: server.namespace };
  const remote = await Colibri.connect({ env });
  try {
    const id = await fleet.submit(['count', 40, 100]);
    const early: string[] = [];
    const unlucky: string[] = [];
    const watching = [linesOf(fleet.colibri, id, early), linesOf(remote, id, unlucky)];
    await until(
      'both have seen something',
      () => early.join('').includes('line 8') && unlucky.join('').includes('line 8'),
    );
    const late = linesOf(fleet.colibri, id, []);
    relay.cut();
    await until('the agent has gone on', () => early.join('').includes('line 20'));
    relay.mend();
    for (const lines of [...watching, late]) expect(await lines).toEqual(numbered(1, 40));
  } finally {
    await remote.close();
    await relay.close();
  }
}, 60_000);

test('shows a watcher the next attempt when the host of the first is killed [S2] [P2]', async () => {
  const id = await fleet.submit(['count', 30, 100]);
  const seen: string[] = [];
  const watching = linesOf(fleet.colibri, id, seen);
  await until('it has seen something', () => seen.join('').includes('attempt 1 line 5'));
  const { host } = await fleet.started(id);
  await fleet.kill(host);
  const lines = await watching;
  expect(lines.filter((line) => line.startsWith('attempt 2'))).toEqual(numbered(2, 30));
  await fleet.expectSound();
}, 90_000);

test('gives its tasks back at once on SIGTERM, and takes none while it ends its agents [P2] [P4]', async () => {
  const id = await fleet.submit(['stubborn', 8_000], { lease: '60s', grace: '3s' });
  const { host } = await fleet.started(id);
  const leaver = fleet.hostNamed(host);
  const stoppedAt = monotonicMs();
  leaver.signal('SIGTERM');
  // New routes, of which every host is told.
  await until('its agent has heard', () => fleet.journal.signs(id).some(({ kind }) => kind === 'term'));
  const more = await Promise.all(
    ['a', 'b', 'c', 'd'].map(async (tag) => fleet.submit(['work', 100], { requires: ['linux'], project: tag })),
  );
  const parked = await fleet.submit(['work', 100], { requires: ['linux', 'gui'] });
  expect(await leaver.exited).toMatchObject({ code: 0 });
  expect(monotonicMs() - stoppedAt).toBeLessThan(15_000);
  const second = await fleet.started(id, 2);
  expect(second.host).not.toBe(host);
  expect(second.at - fleet.journal.lastSign(id, 1)).toBeLessThan(5_000);
  await fleet.hostIs(host, 'offline', 5_000);
  for (const task of more) expect(await fleet.ended(task)).toMatchObject({ state: 'done' });
  for (const sign of [...more, parked].flatMap((task) => fleet.journal.signs(task))) expect(sign.host).not.toBe(host);

  await restore();
  expect(await fleet.ended(parked)).toMatchObject({ state: 'done', host: 'domedog' });
  await fleet.expectSound();
}, 90_000);

test('keeps no record of a run that has ended, and removes transcripts past their time [S2] [T3]', async () => {
  const ids = [
    await fleet.submit(['work', 50], { requires: ['gui'] }),
    await fleet.submit(['work', 50], { requires: ['gui'] }),
  ];
  for (const id of ids) await fleet.ended(id);
  const home = fleet.homeOf('domedog');
  await until('no record is left', () => readdirSync(join(home, 'hosts', 'domedog', 'runs')).length === 0);
  const [old = '', fresh = ''] = ids.map((id) => join(home, 'sessions', id, '1'));
  const longAgo = new Date(Date.now() - 8 * 86_400_000);
  utimesSync(join(old, 'events.jsonl'), longAgo, longAgo);
  await fleet.hostNamed('domedog').stop();
  await restore();
  await until('the old one is gone', () => !existsSync(old));
  expect(existsSync(fresh)).toBe(true);
}, 60_000);
