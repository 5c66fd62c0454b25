import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { HeldRun } from '../../workers/leash/held-run.ts';
import { processTable, startOf } from '../../workers/leash/process-table.ts';
import { agent } from './support.ts';

const COOKIE = 'fedcba987654-00112233445566778899aabbccddeeff';

/** A real process on the leash whose clock the test reads out, so that a suspension can be had without one. */
async function held(leaseMs: number) {
  const env = { PATH: String(process.env.PATH), COLIBRI_RUN_COOKIE: COOKIE };
  const child = spawn(agent('term-ignorer.sh'), { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const leader = { pid: Number(child.pid), startMs: Number(startOf(Number(child.pid))) };
  const said: string[] = [];
  const run = new HeldRun(
    { tree: { cookie: COOKIE, cgroup: null, leader, sinceMs: 0 }, leaseMs, graceMs: 60_000, sentAtMs: 0 },
    [],
    {
      fenced: () => said.push('fenced'),
      ending: () => said.push('ending'),
      ended: () => said.push('ended'),
      fault: (message) => said.push(message),
    },
  );
  return { run, child, said };
}

test('looks at a held run at least twice a second, whatever its lease [P3]', async () => {
  const { run } = await held(3_600_000);
  expect(run.tick(0, processTable)).toBeLessThanOrEqual(500);
});

test('kills at once, without grace, when the clock has jumped past the deadline [P3]', async () => {
  const { run, child, said } = await held(30_000);
  const exit = once(child, 'exit');
  expect(run.tick(1_000, processTable)).toBeLessThanOrEqual(500);
  expect(said).toEqual([]);
  run.tick(600_000, processTable);
  expect((await exit)[1]).toBe('SIGKILL');
  while (!run.isEmpty) run.tick(600_100, processTable);
  expect(said).toEqual(['fenced', 'ended']);
});

test('gives no more grace than the lease allows, even when asked to [P3]', async () => {
  const { run, child } = await held(30_000);
  const exit = once(child, 'exit');
  run.end(60_000, 10_000, processTable());
  run.tick(19_990, processTable);
  expect(child.exitCode ?? child.signalCode).toBeNull();
  run.tick(20_000, processTable);
  expect((await exit)[1]).toBe('SIGKILL');
});

test('counts neither an older renewal nor one from the future [P3]', async () => {
  const { run, said } = await held(30_000);
  run.renew(10_000, 10_100);
  run.renew(5_000, 10_200);
  run.tick(27_900, processTable);
  expect(said).toEqual([]);
  run.renew(99_000, 27_950);
  run.tick(45_900, processTable);
  expect(said).toEqual([]);
  run.tick(45_950, processTable);
  expect(said).toEqual(['fenced']);
});
