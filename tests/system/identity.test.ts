import { execFileSync } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { monotonicMs } from './harness/journal.ts';
import type { Program } from './harness/program.ts';

const MACHINE_ID = '/etc/machine-id';
const BOOT_ID = '/proc/sys/kernel/random/boot_id';
/** Longer than a worker takes to start on a busy machine: one that comes back finds the former life not yet given up. */
const LEASE_MS = 15_000;

/** Why no machines can be feigned here, or null when they can. */
function noMachines(): string | null {
  try {
    if (!existsSync(MACHINE_ID)) return `there is no ${MACHINE_ID}`;
    const mount = `mount --bind ${MACHINE_ID} ${MACHINE_ID} && mount --bind ${MACHINE_ID} ${BOOT_ID}`;
    execFileSync('unshare', ['--mount', 'sh', '-c', mount], { stdio: 'ignore' });
    return null;
  } catch {
    return 'mount namespaces need root, and unshare';
  }
}

const reason = noMachines();
if (reason !== null) {
  if (process.env.CI) throw new Error(`the identity of hosts must be tested in CI, but ${reason}`);
  process.stderr.write(`  the identity of hosts is not tested: ${reason}\n`);
}

describe.skipIf(reason !== null)('two workers under one name', () => {
  let server: TestServer;
  let fleet: Fleet;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'machines-'));
    server = await testNamespace();
    fleet = await Fleet.start({ server, lease: `${LEASE_MS}ms` });
  }, 120_000);
  afterAll(async () => {
    await fleet?.close();
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);
  afterEach(async () => {
    fleet.releaseAll();
    await fleet.expectSound();
    for (const worker of fleet.hosts.values()) await worker.stop();
  }, 60_000);

  /** A machine in one of its boots: what runs there sees the ids of its own. */
  function machine(id: string, boot: string): string[] {
    const files = { machine: join(folder, `machine-${id}`), boot: join(folder, `boot-${boot}`) };
    const script = 'mount --bind "$0" "$1"; mount --bind "$2" "$3"; shift 3; exec "$@"';
    return ['unshare', '--mount', 'sh', '-ec', script, files.machine, MACHINE_ID, files.boot, BOOT_ID];
  }

  function ids(): { machine: string; boot: string } {
    const one = { machine: randomBytes(4).toString('hex'), boot: randomBytes(4).toString('hex') };
    writeFileSync(join(folder, `machine-${one.machine}`), `${randomBytes(16).toString('hex')}\n`);
    writeFileSync(join(folder, `boot-${one.boot}`), `${randomUUID()}\n`);
    return one;
  }

  /** Each test has a name, and machines, of its own. */
  function names() {
    const name = `h-${randomBytes(3).toString('hex')}`;
    const [a, b] = [ids(), ids()];
    const launch = (as: string, on: { machine: string; boot: string }, home: string, flags: readonly string[] = []) => {
      mkdirSync(home, { recursive: true });
      return fleet.launchHost(name, { tags: [name], as, home, flags, prefix: machine(on.machine, on.boot) });
    };
    return { name, a, b, launch, home: (which: string) => join(folder, `${name}-${which}`) };
  }

  async function joined(worker: Program): Promise<Program> {
    await worker.said(/has joined the fleet/);
    return worker;
  }

  const refusalOf = async (worker: Program): Promise<string> => {
    expect(await worker.exited).toMatchObject({ code: 4 });
    return worker.lines.find((line) => line.startsWith('error:')) ?? '';
  };

  it('are one too many where the state folder was copied to another machine, until the first is offline [P1]', async () => {
    const { name, a, b, launch, home } = names();
    const first = await joined(launch('first', a, home('a')));
    cpSync(join(home('a'), 'hosts', name, 'host-id'), join(home('b'), 'hosts', name, 'host-id'), { recursive: true });
    const refused = await refusalOf(launch('copy', b, home('b')));
    expect(refused).toContain(`the name ${name} is held by another machine: ${hostname()}, linux, online since`);
    expect(refused).toMatch(/registered 20\d\d-.*--name/);
    // The holder was not disturbed.
    const id = await fleet.submit(['work', 50], { requires: [name] });
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
    await first.stop();
    await fleet.hostIs(name, 'offline');
    await joined(launch('copy', b, home('b')));
  }, 120_000);

  it('are one too many on one machine with two state folders, while the first is live [P1]', async () => {
    const { name, a, launch, home } = names();
    const first = await joined(launch('first', a, home('a')));
    const refused = await refusalOf(launch('second', a, home('b')));
    expect(refused).toContain('held by another worker of this machine, with another state folder');
    first.signal('SIGKILL');
    await first.exited;
    await fleet.hostIs(name, 'stale');
    await joined(launch('second', a, home('b')));
  }, 120_000);

  it('are one after the other where a machine was rebooted: the second waits for the lease of the first [P1]', async () => {
    const { name, a, b, launch, home } = names();
    const id = await fleet.submit(['work', 60_000], { requires: [name] });
    const first = await joined(launch('first', a, home('a')));
    await fleet.started(id);
    first.signal('SIGKILL');
    await first.exited;
    const diedAt = monotonicMs();
    const again = await joined(launch('again', { machine: a.machine, boot: b.boot }, home('a')));
    expect(monotonicMs() - diedAt).toBeLessThan(LEASE_MS + 25_000);
    expect(again.lines.some((line) => /waiting for a lease, in case that was before a reboot/.test(line))).toBe(true);
    await fleet.started(id, 2);
    await fleet.colibri.cancel(id);
    await fleet.ended(id);
  }, 120_000);

  it('are one too many where a machine was cloned: the clone gives up, and the first is not disturbed [P1]', async () => {
    const { name, a, b, launch, home } = names();
    await joined(launch('first', a, home('a')));
    cpSync(join(home('a'), 'hosts', name, 'host-id'), join(home('b'), 'hosts', name, 'host-id'), { recursive: true });
    const id = await fleet.submit(['work', 600_000], { requires: [name] });
    await fleet.started(id);
    const refused = await refusalOf(launch('clone', { machine: a.machine, boot: b.boot }, home('b')));
    expect(refused).toContain('held by the same machine and state folder in another boot');
    expect(refused).toContain('If this is a clone of it');
    fleet.release(id);
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 1 });
    expect((await fleet.colibri.hosts.show(name)).status).toMatch(/online|busy/);
  }, 120_000);

  it('are the same one, started anew, on the same machine in the same boot: at once [P1]', async () => {
    const { name, a, launch, home } = names();
    const first = await joined(launch('first', a, home('a')));
    first.signal('SIGKILL');
    await first.exited;
    const again = await joined(launch('again', a, home('a')));
    expect(again.lines.some((line) => /waiting for a lease/.test(line))).toBe(false);
    expect((await fleet.colibri.hosts.show(name)).status).toBe('online');
  }, 120_000);
});
