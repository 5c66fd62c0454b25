import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { HeldRun } from '../../workers/leash/held-run.ts';
import { processTable, startOf } from '../../workers/leash/process-table.ts';
import { agent, until } from './support.ts';

const COOKIE = 'fedcba987654-00112233445566778899aabbccddeeff';

/** A real process on the leash whose clock the test reads out, so that a suspension can be had without one. */
async function held(leaseMs: number, program = 'term-ignorer.sh') {
  const env = { PATH: String(process.env.PATH), COLIBRI_RUN_COOKIE: COOKIE };
  const child = spawn(agent(program), { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
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
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  return { run, child, said, output: () => output };
}

function noTable(): never {
  throw new Error('too many open files');
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
  run.end(60_000, 10_000);
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

test('ends a run whose lease is lost though it cannot look, but takes it for empty only by a look [P3]', async () => {
  const { run, child, said, output } = await held(30_000);
  const exit = once(child, 'exit');
  expect(run.tick(18_000, noTable)).toBeGreaterThan(0);
  await until(() => output().includes('heard TERM'), 'TERM is heard');
  run.tick(20_000, noTable);
  expect((await exit)[1]).toBe('SIGKILL');
  for (let looks = 0; looks < 5; looks += 1) run.tick(20_100, noTable);
  expect(run.isEmpty).toBe(false);
  expect(said).toEqual(['fenced', expect.stringContaining('too many open files')]);
  run.tick(20_200, processTable);
  expect(run.isEmpty).toBe(false);
  while (!run.isEmpty) run.tick(20_300, processTable);
  expect(said.slice(2)).toEqual(['ended']);
});

test('answers an end that it could not look for at once, before it is told to be done [S3]', async () => {
  const { run, child, said } = await held(30_000, 'sleeper.sh');
  const exit = once(child, 'exit');
  run.end(20_000, 1_000);
  run.tick(1_000, noTable);
  run.end(20_000, 1_100);
  expect((await exit)[1]).toBe('SIGTERM');
  expect(said).toEqual([expect.stringContaining('too many open files')]);
  for (let now = 1_200; !run.isEmpty; now += 100) run.tick(now, processTable);
  expect(said.slice(1)).toEqual(['ending', 'ending', 'ended']);
  run.end(0, 3_000);
  run.tick(3_000, noTable);
  expect(run.isEmpty).toBe(false);
  run.tick(3_100, processTable);
  expect(said.slice(-2)).toEqual(['ending', 'ended']);
});

test('leaves a group alone that was given the number of a dead one, also when it cannot look [S3]', async () => {
  const { run, child } = await held(30_000, 'sleeper.sh');
  const exit = once(child, 'exit');
  run.started({ pid: Number(child.pid), startMs: 1 });
  run.end(0, 1_000);
  run.tick(1_000, noTable);
  child.kill('SIGTERM');
  expect((await exit)[1]).toBe('SIGTERM');
});
