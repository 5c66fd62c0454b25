import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import {
  agent,
  cannot,
  ENV,
  fenced,
  holdOn,
  isAlive,
  KINDS,
  noCgroup,
  pidsIn,
  start,
  tempDir,
  testLeash,
  until,
} from './support.ts';

describe.each(KINDS)('a leash with containment by %s', (kind) => {
  const skipped = test.skipIf(cannot(kind) !== null);

  skipped('says which containment holds, and ends itself when it is closed [P3]', async () => {
    const leash = await testLeash(kind);
    expect(leash.containment).toBe(kind);
    expect(isAlive(leash.pid)).toBe(true);
    const { pid } = leash;
    await leash.close();
    expect(isAlive(pid)).toBe(false);
  });

  skipped('ends a whole tree with TERM and waits until it is empty [S3]', async () => {
    const hold = await holdOn(await testLeash(kind));
    const { pid, output } = await start(hold, [agent('forker.sh')]);
    expect(pidsIn(output())).toHaveLength(4);
    const { alive } = await hold.end({ graceMs: 20_000, reason: 'test' });
    expect(alive).toBeGreaterThanOrEqual(5);
    expect([pid, ...pidsIn(output())].filter(isAlive)).toEqual([]);
    expect(await hold.empty()).toBe(true);
    await hold.release();
  });

  skipped('gives TERM first, then the grace, then KILL [S3]', async () => {
    const hold = await holdOn(await testLeash(kind));
    const { child, pid, output } = await start(hold, [agent('term-ignorer.sh')]);
    const from = performance.now();
    const ended = hold.end({ graceMs: 700, reason: 'test' });
    await until(() => output().includes('heard TERM'), 'TERM is heard');
    expect(isAlive(pid)).toBe(true);
    await ended;
    expect(performance.now() - from).toBeGreaterThanOrEqual(690);
    expect(isAlive(pid)).toBe(false);
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
    expect(child.signalCode).toBe('SIGKILL');
    await hold.release();
  });

  skipped('ends a stopped program, too [S3]', async () => {
    const hold = await holdOn(await testLeash(kind));
    const { child, pid } = await start(hold, [agent('sleeper.sh')]);
    process.kill(pid, 'SIGSTOP');
    const gone = once(child, 'exit');
    await hold.end({ graceMs: 20_000, reason: 'test' });
    expect((await gone)[1]).toBe('SIGTERM');
    await hold.release();
  });

  skipped('ends a grandchild that left by setsid and double fork within 2 s of the kill [S3]', async () => {
    const hold = await holdOn(await testLeash(kind));
    const { pid, output } = await start(hold, [process.execPath, agent('escaper.mjs'), 'leave']);
    await until(() => !isAlive(pid), 'the first process has ended');
    const [escaped = 0] = pidsIn(output());
    expect(isAlive(escaped)).toBe(true);
    const from = performance.now();
    await hold.end({ graceMs: 0, reason: 'test' });
    expect(isAlive(escaped)).toBe(false);
    expect(performance.now() - from).toBeLessThan(2_000);
    await hold.release();
  });

  skipped('sends TERM at 0.6 T and KILL by T/1.5 once renewals stop [P3]', async () => {
    const hold = await holdOn(await testLeash(kind), { leaseMs: 3_000, sentAt: bootClockMs() });
    const { pid, output } = await start(hold, [agent('term-ignorer.sh')]);
    const renewedAt = bootClockMs();
    hold.renew(renewedAt);
    const reason = await fenced(hold);
    const termMs = bootClockMs() - renewedAt;
    expect(reason).toMatch(/^lease not renewed/);
    expect(termMs).toBeGreaterThanOrEqual(1_800);
    await until(() => output().includes('heard TERM'), 'TERM is heard');
    await until(() => !isAlive(pid), 'the program is killed');
    const killMs = bootClockMs() - renewedAt;
    expect(killMs).toBeGreaterThanOrEqual(1_990);
    expect(killMs).toBeLessThan(3_000);
    await hold.release();
  });

  skipped('holds a run as long as renewals come, counted from when they were sent [P3]', async () => {
    const leash = await testLeash(kind);
    const hold = await holdOn(leash, { leaseMs: 1_500 });
    const { pid } = await start(hold, [agent('sleeper.sh')]);
    const renewals = setInterval(() => hold.renew(bootClockMs()), 100);
    onTestFinished(() => clearInterval(renewals));
    const startedAt = bootClockMs();
    await until(() => bootClockMs() - startedAt > 2_500, 'well over a lease has passed');
    expect(isAlive(pid)).toBe(true);
    expect(hold.fenced.aborted).toBe(false);
    clearInterval(renewals);
    // A renewal that took long to be acknowledged is worth only what is left of it.
    hold.renew(bootClockMs() - 1_000);
    await fenced(hold);
    await until(() => !isAlive(pid), 'the program is ended');
    await hold.release();
  });

  skipped('does not let a program start whose lease was lost before [P3]', async () => {
    const hold = await holdOn(await testLeash(kind), { leaseMs: 500 });
    await fenced(hold);
    const { file, args } = hold.wrap([agent('sleeper.sh')], ENV);
    const child = spawn(file, args, { env: { ...ENV, ...hold.env }, detached: true, stdio: 'ignore' });
    await hold.started(Number(child.pid));
    const [code, signal] = await once(child, 'exit');
    expect(signal ?? code).toBe(kind === 'cgroup' && code !== null ? 125 : 'SIGKILL');
    await hold.release();
  });

  skipped('takes an end or a release after the release of a run for done [P3]', async () => {
    const hold = await holdOn(await testLeash(kind));
    await start(hold, [agent('sleeper.sh')]);
    const first = hold.release();
    expect(await hold.end({ graceMs: 0, reason: 'test' })).toEqual({ alive: 0 });
    await Promise.all([first, hold.release()]);
  });

  skipped('forgets nothing on disk: a record while a run is held, none after its release [P3]', async () => {
    const stateDir = tempDir();
    const leash = await testLeash(kind, { stateDir });
    const hold = await holdOn(leash, { runId: 'a/b c', task: { token: 'dG9rZW4=', id: 'task-1', attempt: 2 } });
    const { pid } = await start(hold, [agent('sleeper.sh')]);
    const [name = ''] = readdirSync(`${stateDir}/runs`);
    const record = JSON.parse(readFileSync(`${stateDir}/runs/${name}`, 'utf8'));
    expect(record).toMatchObject({ runId: 'a/b c', pgid: pid, task: { token: 'dG9rZW4=', id: 'task-1', attempt: 2 } });
    await hold.release();
    // The task is given back only when the server has heard of it.
    expect(readdirSync(`${stateDir}/runs`)).toEqual([name]);
    const other = await holdOn(leash, { runId: 'no task' });
    expect(readdirSync(`${stateDir}/runs`)).toHaveLength(2);
    await other.release();
    expect(readdirSync(`${stateDir}/runs`)).toEqual([name]);
  });
});

test.skipIf(noCgroup !== null)('ends an escaper that cleared its environment, by its cgroup [S3]', async () => {
  const hold = await holdOn(await testLeash('cgroup'));
  const { pid, output } = await start(hold, [process.execPath, agent('escaper.mjs'), 'leave', 'clear']);
  await until(() => !isAlive(pid), 'the first process has ended');
  const [escaped = 0] = pidsIn(output());
  expect(isAlive(escaped)).toBe(true);
  const { alive } = await hold.end({ graceMs: 0, reason: 'test' });
  expect(alive).toBeGreaterThanOrEqual(1);
  expect(isAlive(escaped)).toBe(false);
  await hold.release();
});

test('refuses a containment that it does not know [T2]', async () => {
  await expect(testLeash('jail' as 'sweep')).rejects.toThrow("COLIBRI_CONTAINMENT is 'jail'");
});

test('refuses a second run of one name while the first is held [P3]', async () => {
  const leash = await testLeash('sweep');
  const hold = await holdOn(leash);
  await expect(holdOn(leash)).rejects.toThrow('on the leash already');
  await hold.release();
});
