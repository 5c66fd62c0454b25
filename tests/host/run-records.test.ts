import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { bootId } from '../../workers/boot-clock.ts';
import { markEnded, type RunRecord, reapLeftovers, removeRecord, writeRecord } from '../../workers/host/run-records.ts';
import { startOf } from '../../workers/leash/process-table.ts';
import { newCookie } from '../../workers/leash/state-id.ts';
import { agent, tempDir } from '../leash/support.ts';

function record(stateDir: string, fields: Partial<RunRecord> = {}): RunRecord {
  return {
    runId: 'run/1',
    pgid: null,
    startMs: null,
    cookie: newCookie(stateDir),
    cgroup: null,
    bootId: bootId(),
    task: { token: 'dG9rZW4=', id: 'task-1', attempt: 3 },
    at: 1,
    endedAt: null,
    ...fields,
  };
}

async function sleeper(env: Record<string, string>) {
  const child = spawn(agent('sleeper.sh'), { env: { PATH: String(process.env.PATH), ...env }, detached: true });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  return { child, pid: Number(child.pid), exit: once(child, 'exit') };
}

test('keeps records that only their owner can read [T1]', () => {
  const stateDir = tempDir();
  writeRecord(stateDir, record(stateDir));
  const [name = ''] = readdirSync(join(stateDir, 'runs'));
  expect(statSync(join(stateDir, 'runs')).mode & 0o777).toBe(0o700);
  expect(statSync(join(stateDir, 'runs', name)).mode & 0o777).toBe(0o600);
});

test('returns the records of a former life, oldest first, until each is removed [P3]', async () => {
  const stateDir = tempDir();
  const second = record(stateDir, { runId: 'b', at: 2 });
  const first = record(stateDir, { runId: 'a', at: 1 });
  writeRecord(stateDir, second);
  writeRecord(stateDir, first);
  expect(await reapLeftovers(stateDir)).toEqual([first, second]);
  markEnded(stateDir, 'b');
  removeRecord(stateDir, 'a');
  expect(await reapLeftovers(stateDir)).toEqual([{ ...second, endedAt: expect.any(Number) }]);
});

test('leaves a process alone that was given the pid of a recorded run [P3]', async () => {
  const stateDir = tempDir();
  const { child, pid } = await sleeper({});
  writeRecord(stateDir, record(stateDir, { pgid: pid, startMs: Number(startOf(pid)) - 10_000 }));
  await reapLeftovers(stateDir);
  expect(child.exitCode ?? child.signalCode).toBeNull();
});

test('knows no process again by its pid after the machine was started anew [P3]', async () => {
  const stateDir = tempDir();
  const { child, pid } = await sleeper({});
  writeRecord(stateDir, record(stateDir, { pgid: pid, startMs: startOf(pid), bootId: 'another boot' }));
  expect(await reapLeftovers(stateDir)).toHaveLength(1);
  expect(child.exitCode ?? child.signalCode).toBeNull();
});

test('moves a record that cannot be read aside, says so, and ends its processes by their cookie [T3]', async () => {
  const stateDir = tempDir();
  const { exit } = await sleeper({ COLIBRI_RUN_COOKIE: newCookie(stateDir) });
  mkdirSync(join(stateDir, 'runs'));
  writeFileSync(join(stateDir, 'runs', 'torn.json'), '{"runId":"a","coo');
  writeFileSync(join(stateDir, 'runs', 'short.json'), JSON.stringify({ ...record(stateDir), cookie: '' }));
  const said: string[] = [];
  const say = (_: object, message: string) => void said.push(message);
  const records = await reapLeftovers(stateDir, { info: say, warn: say, error: say });
  expect(records).toEqual([]);
  expect(readdirSync(join(stateDir, 'runs', 'corrupt')).sort()).toEqual(['short.json', 'torn.json']);
  expect(said.filter((message) => message.includes('cannot be read'))).toHaveLength(2);
  expect((await exit)[1]).toBe('SIGTERM');
});

test('takes no folder for the cgroup of a run but the one that bears its cookie [T1]', async () => {
  const stateDir = tempDir();
  writeRecord(stateDir, record(stateDir, { cgroup: join(stateDir, 'precious') }));
  const [read] = await reapLeftovers(stateDir);
  expect(read?.cgroup).toBeNull();
});

test('names record files so that no run id leads elsewhere [T1]', () => {
  const stateDir = tempDir();
  for (const runId of ['../../x', '/etc/x', 'ä'.repeat(500), '']) writeRecord(stateDir, record(stateDir, { runId }));
  const names = readdirSync(join(stateDir, 'runs'));
  expect(names).toHaveLength(4);
  expect(names.map((name) => JSON.parse(readFileSync(join(stateDir, 'runs', name), 'utf8')).runId)).toContain('/etc/x');
});
