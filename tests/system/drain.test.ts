import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { HostDiffJson, HostJson, HostListJson } from '../../cli/json-shapes.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let server: TestServer;
let program: WarmProgram;
let fleet: Fleet;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'drain-'));
  program = warmProgram();
  server = await testNamespace();
  fleet = await Fleet.start({ server, lease: '6s' });
}, 120_000);

/** Longer than any test takes: what runs so long is released when enough was seen of it. */
const LONG_MS = 600_000;
/** Of an order that is taken back before: two requests must fit into it on a busy machine. */
const DEADLINE_MS = 5_000;
const TAGS: Readonly<Record<string, string[]>> = { debby: ['linux', 'gui'], domedog: ['linux'] };

beforeEach(async () => {
  fleet.releaseAll();
  for (const [name, tags] of Object.entries(TAGS)) {
    if (!fleet.hosts.get(name)?.running) await fleet.startHost(name, { tags, slots: 4 });
    await fleet.colibri.hosts.setDraining(name, false);
    await fleet.hostIs(name, 'online');
  }
}, 90_000);

afterAll(async () => {
  await program?.close();
  await fleet?.close();
  rmSync(folder, { recursive: true, force: true });
}, 60_000);

const cli = (...args: string[]) => program.colibri(args, fleet.environment());

test('waits until the tasks of a draining host are finished, and gives it none meanwhile [P4]', async () => {
  const running = await fleet.submit(['work', LONG_MS], { requires: ['gui'] });
  await fleet.started(running);
  const waiting = cli('host', 'drain', 'debby', '--wait', '--reason', 'kernel upgrade', '--json');
  const view = await fleet.hostIs('debby', 'draining');
  expect(view.reason).toMatch(/^since \d\d:\d\d:\d\d, by \S+: kernel upgrade; 1 task to finish$/);
  const parked = await fleet.submit(['work', 50], { requires: ['gui'] });
  await until('it is parked', async () => (await fleet.colibri.show(parked)).state === 'parked');
  fleet.release(running);
  const { code, stdout } = await waiting;
  expect(code).toBe(0);
  expect(HostJson.parse(JSON.parse(stdout))).toMatchObject({
    status: 'draining',
    running: [],
    drain: { deadlineAt: null },
  });
  expect(await fleet.ended(running)).toMatchObject({ state: 'done', attempt: 1 });
  expect(fleet.journal.signs(parked)).toEqual([]);
  expect((await fleet.colibri.show(parked)).state).toBe('parked');

  expect((await cli('host', 'resume', 'debby')).stdout).toMatch(/^debby is (online|busy) and takes tasks\n$/);
  expect(await fleet.ended(parked)).toMatchObject({ state: 'done', host: 'debby' });
}, 90_000);

test('hands over at the deadline, after the command has gone, and counts it against no task [P4] [T3]', async () => {
  const ids = await Promise.all([1, 2, 3].map(() => fleet.submit(['work', LONG_MS], { requires: ['gui'] })));
  const quick = await fleet.submit(['work', 10], { requires: ['gui'] });
  await fleet.ended(quick);
  await Promise.all(ids.map((id) => fleet.started(id)));
  // Whoever may take them comes up only now, so that they were all on the host that drains.
  const second = await fleet.startHost('osa', { tags: ['linux', 'gui'], slots: 4 });
  const { code, stdout } = await cli('host', 'drain', 'debby', '--deadline', '2s', '--reason', 'new disk');
  expect(code).toBe(0);
  expect(stdout.replaceAll('\n  ', ' ')).toMatch(
    /^debby is draining since .*: new disk; 3 tasks to finish, handed over at \d\d:\d\d:\d\d\n$/,
  );
  for (const id of ids) {
    const next = await fleet.started(id, 2, 30_000);
    expect(next.host).toBe('osa');
    expect(fleet.journal.signs(id).find(({ kind }) => kind === 'term')).toMatchObject({ attempt: 1 });
  }
  const drained = await until('debby runs nothing', async () => {
    const host = await fleet.colibri.hosts.show('debby');
    return host.running.length === 0 && host.drain?.handedOverAt ? host : undefined;
  });
  expect(drained).toMatchObject({ status: 'draining', slots: { used: 0 } });
  expect((await cli('host', 'drain', 'debby', '--wait')).code).toBe(0);
  fleet.release(...ids);
  for (const id of ids) {
    const view = await fleet.ended(id);
    expect(view).toMatchObject({ state: 'done', host: 'osa', attempt: 2, failure: null });
    expect(view.maxAttempts).toBe(1);
  }
  await fleet.expectSound();
  await second.stop();
  await fleet.hostIs('osa', 'offline');
  expect((await cli('host', 'forget', 'osa')).stdout).toMatch(/^osa is forgotten; it was offline: its worker left at/);
}, 120_000);

test('lets what runs go on when the host is resumed before its deadline [P4]', async () => {
  const id = await fleet.submit(['work', LONG_MS], { requires: ['gui'] });
  await fleet.started(id);
  await fleet.colibri.hosts.setDraining('debby', true, { by: 'mk', deadlineMs: DEADLINE_MS });
  const orderedBy = Date.now();
  await fleet.colibri.hosts.setDraining('debby', false);
  await until('the deadline is well over', () => Date.now() > orderedBy + DEADLINE_MS + 2_000);
  expect(fleet.journal.signs(id).map(({ kind }) => kind)).not.toContain('term');
  fleet.release(id);
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
  expect((await fleet.colibri.hosts.show('debby')).drain).toBeNull();
}, 90_000);

test('says what is wrong with an order, and changes nothing [T2]', async () => {
  const late = await cli('host', 'drain', 'debby', '--deadline', 'soon');
  expect(late).toMatchObject({ code: 2, stdout: '' });
  expect(late.stderr).toContain('--deadline');
  expect(late.stderr).toContain('"soon" is no duration');
  expect(await cli('host', 'drain', 'debby', '--reason', ' ')).toMatchObject({ code: 2 });
  expect(await cli('host', 'expect', 'no host name')).toMatchObject({ code: 2 });
  const nobody = await cli('host', 'forget', 'debbi');
  expect(nobody).toMatchObject({ code: 3 });
  expect(nobody.stderr).toContain('did you mean debby');
  const live = await cli('host', 'forget', 'debby');
  expect(live).toMatchObject({ code: 4 });
  expect(live.stderr).toContain('debby is online since');
  expect((await fleet.colibri.hosts.show('debby')).status).toBe('online');
}, 60_000);

test('shows each state with its reason, and forgets only who is away for good [P1] [P4]', async () => {
  expect((await cli('host', 'expect', 'zebra')).stdout).toContain('colibri worker host --name zebra');
  const reasonOf = async (name: string) => (await fleet.colibri.hosts.show(name)).reason;
  expect(await reasonOf('zebra')).toMatch(/^it has been expected since .* but no worker ever registered$/);
  expect(await fleet.colibri.hosts.show('zebra')).toMatchObject({ status: 'never-seen', lastSeenAt: null });

  const file = join(folder, 'HOST-MATRIX.md');
  expect((await cli('host', 'matrix', '--markdown', '--out', file)).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('| `gui` | ✓ | · | · |');
  expect((await cli('host', 'diff', file, '--exit-code')).code).toBe(0);

  await fleet.hostNamed('domedog').stop();
  await fleet.hostIs('domedog', 'offline');
  expect(await reasonOf('domedog')).toMatch(/^its worker left at \d\d:\d\d:\d\d \(stopped\)$/);
  await fleet.kill('debby');
  await fleet.hostIs('debby', 'stale');
  expect(await reasonOf('debby')).toMatch(/^no heartbeat since \d\d:\d\d:\d\d \(\d+s\), lease 6s$/);
  const { stderr, code } = await cli('host', 'forget', 'debby');
  expect(code).toBe(4);
  expect(stderr).toContain('debby is stale since');

  const text = (await cli('host', 'list')).stdout;
  expect(text).toMatch(/^debby stale: no heartbeat since/m);
  expect(text).toMatch(/^domedog offline: its worker left at/m);
  expect(text).toMatch(/^zebra never seen: it has been expected since/m);
  expect(text.split('\n').every((line) => line.length <= 80)).toBe(true);

  for (const name of ['domedog', 'zebra']) {
    expect(HostJson.parse(JSON.parse((await cli('host', 'forget', name, '--json')).stdout)).name).toBe(name);
    expect((await cli('host', 'show', name)).code).toBe(3);
  }
  const { hosts } = HostListJson.parse(JSON.parse((await cli('host', 'list', '--json')).stdout));
  expect(hosts.map(({ name }) => name)).not.toContain('zebra');

  await fleet.startHost('debby', { tags: ['linux', 'zfs'] });
  const changed = await cli('host', 'diff', file, '--exit-code', '--json');
  expect(changed.code).toBe(1);
  expect(HostDiffJson.parse(JSON.parse(changed.stdout))).toMatchObject({
    gone: [{ name: 'domedog' }, { name: 'zebra' }],
    changed: [{ name: 'debby', gained: [{ tag: 'zfs' }], lost: [{ tag: 'gui' }] }],
  });
  await fleet.hostNamed('debby').stop();
}, 120_000);
