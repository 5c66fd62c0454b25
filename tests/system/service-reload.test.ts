import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { profileText } from '../../cli/onboard/profile.ts';
import { scriptText } from '../../cli/onboard/rcd.ts';
import type { ServiceSettings } from '../../cli/onboard/service.ts';
import { unitText } from '../../cli/onboard/systemd.ts';
import { isAlive } from '../../scripts/lib/lock.mjs';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { colibriCommand } from './harness/commands.ts';
import { Fleet } from './harness/fleet.ts';
import { Relay } from './harness/relay.ts';
import { Unit } from './harness/unit.ts';
import { until } from './harness/until.ts';

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/rc/${name}`, import.meta.url));
const HOST = 'osa';
let server: TestServer;
let fleet: Fleet;

beforeAll(async () => {
  server = await testNamespace();
  fleet = await Fleet.start({ server, lease: '6s' });
}, 120_000);

afterEach(async () => {
  await fleet.expectSound();
  await fleet.hostIs(HOST, 'offline');
  await fleet.colibri.hosts.forget(HOST);
}, 60_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** What onboarding would write for a host with this home, and the service that it would install. */
function onboarded(name: string, address = server.address): ServiceSettings {
  const home = join(fleet.dir, name);
  const file = join(home, 'temporal.toml');
  mkdirSync(home);
  writeFileSync(
    join(home, 'config.toml'),
    `name = "${HOST}"\nslots = 2\nlease = "6s"\ncapabilities = ["zfs"]\nlog-format = "json"\n`,
  );
  writeFileSync(file, profileText({ ...server, address }, file, {}), { mode: 0o600 });
  return {
    ...{ name: HOST, home, owner: { name: 'ann', uid: 1001, gid: 1001, home, isMe: false } },
    command: colibriCommand('worker', 'host'),
    environment: { PATH: process.env.PATH ?? '', COLIBRI_HOME: home, TEMPORAL_CONFIG_FILE: file },
  };
}

const instance = async () => (await fleet.colibri.hosts.show(HOST)).registration?.instanceId;
/** Marks processes as this run's, for the check that none is left. */
const mark = () => ({ COLIBRI_TEST_RUN: process.env.COLIBRI_TEST_RUN ?? '' });

/** Reloads twice, each time with a task that goes on over it and one that the new worker takes. */
async function expectReloads(reload: () => void): Promise<void> {
  await fleet.hostIs(HOST, 'online');
  for (const round of [1, 2]) {
    const running = await fleet.submit(['work', 10_000], { requires: ['zfs'] });
    await fleet.started(running);
    const before = await instance();
    reload();
    await until(
      `round ${round}: another worker has joined`,
      async () => ![before, undefined].includes(await instance()),
    );
    const next = await fleet.submit(['work', 100], { requires: ['zfs'] });
    expect(await fleet.ended(next)).toMatchObject({ state: 'done', attempt: 1, host: HOST });
    expect((await fleet.colibri.show(running)).state).toBe('running');
    expect(await fleet.ended(running)).toMatchObject({ state: 'done', attempt: 1, host: HOST });
  }
}

test('a reload of the systemd unit hands the host to a new worker, and its running task goes on [P4]', async () => {
  const unit = new Unit(unitText('system', onboarded('systemd')));
  const main = unit.start(fleet, mark());
  await expectReloads(() => expect(unit.reload()).toBe(0));
  // systemd would take its end for the end of the service.
  expect(main.running).toBe(true);
  expect(await unit.stop()).toEqual({ code: 0, signal: null });
}, 180_000);

test('a reload that comes while the worker still waits for the server is done once it has joined [P4]', async () => {
  const [host = '', port = ''] = server.address.split(':');
  const relay = await Relay.to({ host, port: Number(port) });
  relay.cut();
  try {
    const unit = new Unit(unitText('system', onboarded('early', relay.address)));
    const main = unit.start(fleet, mark());
    await main.said(/waiting for it/);
    expect(unit.reload()).toBe(0);
    await main.said(/SIGUSR2: still starting/);
    relay.mend();
    const first = await until('it has joined', () => instance().catch(() => undefined));
    await until('another worker has joined', async () => (await instance()) !== first);
    expect(await unit.stop()).toEqual({ code: 0, signal: null });
    await fleet.hostIs(HOST, 'offline');
  } finally {
    await relay.close();
  }
}, 120_000);

test('a reload of the rc script does the same under daemon(8), which is refused where nothing runs [P4]', async () => {
  const settings = onboarded('rc');
  const script = join(settings.home, 'colibri_host');
  const text = scriptText(settings)
    .replace('/etc/rc.subr', fixture('rc.subr'))
    .replaceAll('/usr/sbin/daemon', fixture('daemon.mjs'))
    .replaceAll('/var/run/', `${settings.home}/`);
  writeFileSync(script, text);
  const env = { PATH: process.env.PATH ?? '', DAEMON_LOG: join(settings.home, 'log'), ...mark() };
  const service = (arg: string) => spawnSync('sh', [script, arg], { env, encoding: 'utf8' });

  expect(service('reload')).toMatchObject({ status: 1, stderr: 'colibri_host is not running.\n' });
  expect(service('start').status).toBe(0);
  try {
    await until('it runs', () => service('status').status === 0);
    const pid = (name: string) => Number(readFileSync(join(settings.home, `${name}.pid`), 'utf8'));
    const [supervisor, worker] = await until('its files are there', () => [
      pid('colibri_host'),
      pid('colibri_host_worker'),
    ]);
    await expectReloads(() => expect(service('reload')).toMatchObject({ status: 0, stderr: '' }));
    expect([pid('colibri_host'), pid('colibri_host_worker')]).toEqual([supervisor, worker]);
    expect(service('stop').status).toBe(0);
    await until('the worker has ended', () => !isAlive(worker ?? 0));
    expect(service('status').status).toBe(1);
  } finally {
    if (service('status').status === 0) execFileSync('sh', [script, 'stop'], { env });
  }
  rmSync(settings.home, { recursive: true });
}, 180_000);
