import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import { type RunRecord, reapLeftovers, removeRecord } from '../../workers/host/run-records.ts';
import { removeCgroup } from '../../workers/leash/cgroup.ts';
import { endTree } from '../../workers/leash/end-tree.ts';
import { cookiePrefix } from '../../workers/leash/state-id.ts';
import { agent, cannot, isAlive, KINDS, pidsIn, tempDir, until } from './support.ts';

interface Worker {
  child: ChildProcess;
  pid: number;
  leash: number;
  /** Processes of the run that said their pid. */
  run: number[];
}

/** Starts a small worker that holds a run with children and an escaped grandchild. */
async function startWorker(kind: string, stateDir: string, leaseMs: number): Promise<Worker> {
  const escaper = `'${process.execPath}' '${agent('escaper.mjs')}' leave`;
  const command = ['/bin/sh', '-c', `echo $$; ${escaper} | grep -v ready; exec '${agent('forker.sh')}'`];
  const driver = fileURLToPath(new URL('worker-driver.mjs', import.meta.url));
  const config = JSON.stringify({ stateDir, kind, leaseMs, command });
  const child = spawn(process.execPath, [driver, config], { stdio: ['ignore', 'pipe', 'inherit'] });
  // Whatever the test found: nothing of it may stay.
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await endTree({ cookie: cookiePrefix(stateDir), cgroup: null, leader: null, sinceMs: 0 }, 0);
  });
  const [line] = await once(child.stdout, 'data');
  const { leash, output } = JSON.parse(String(line)) as { leash: number; output: string };
  return { child, pid: Number(child.pid), leash, run: pidsIn(output) };
}

function recordIn(stateDir: string): RunRecord {
  const [name = ''] = readdirSync(join(stateDir, 'runs'));
  return JSON.parse(readFileSync(join(stateDir, 'runs', name), 'utf8'));
}

describe.each(KINDS)('with containment by %s', (kind) => {
  const skipped = test.skipIf(cannot(kind) !== null);

  skipped('the leash of a killed worker ends the run, notes it, and goes [P3]', async () => {
    const stateDir = tempDir();
    const { pid, leash, run } = await startWorker(kind, stateDir, 30_000);
    const { cgroup } = recordIn(stateDir);
    expect(run).toHaveLength(6);
    expect([leash, ...run].filter(isAlive)).toHaveLength(7);
    const killedAt = bootClockMs();
    process.kill(pid, 'SIGKILL');
    await until(() => !run.some(isAlive), 'the tree is ended');
    expect(bootClockMs() - killedAt).toBeLessThan(4_000);
    await until(() => !isAlive(leash), 'the leash is gone');
    expect(recordIn(stateDir)).toMatchObject({ endedAt: expect.any(Number), task: { token: 'dG9rZW4=' } });
    if (cgroup !== null) expect(existsSync(join(cgroup, '..'))).toBe(false);
  });

  skipped(
    'the leash of a killed worker ends the run and goes also when its folders were removed under it [P3]',
    async () => {
      const stateDir = tempDir();
      const { pid, leash, run } = await startWorker(kind, stateDir, 30_000);
      rmSync(stateDir, { recursive: true });
      process.kill(pid, 'SIGKILL');
      await until(() => ![leash, ...run].some(isAlive), 'the tree is ended and the leash is gone');
    },
  );

  skipped('the run of a stopped worker is ended before its lease is over [P3]', async () => {
    const { pid, leash, run } = await startWorker(kind, tempDir(), 6_000);
    process.kill(pid, 'SIGSTOP');
    const stoppedAt = bootClockMs();
    await until(() => !run.some(isAlive), 'the tree is ended');
    expect(bootClockMs() - stoppedAt).toBeLessThan(5_000);
    expect(bootClockMs() - stoppedAt).toBeGreaterThan(3_400);
    expect(isAlive(leash)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await until(() => !isAlive(leash), 'the leash is gone');
  });

  skipped('a worker reaps what was left when it and its leash were killed together [P3]', async () => {
    const stateDir = tempDir();
    const { pid, leash, run, child } = await startWorker(kind, stateDir, 30_000);
    process.kill(pid, 'SIGSTOP');
    process.kill(leash, 'SIGKILL');
    process.kill(pid, 'SIGKILL');
    await once(child, 'exit');
    expect(run.filter(isAlive)).toEqual(run);
    const { cgroup } = recordIn(stateDir);
    const records = await reapLeftovers(stateDir);
    expect(run.filter(isAlive)).toEqual([]);
    expect(records).toHaveLength(1);
    expect(records[0]).toMatchObject({ runId: 'run', task: { token: 'dG9rZW4=', id: 'task-1', attempt: 1 } });
    if (cgroup !== null) {
      expect(existsSync(cgroup)).toBe(false);
      // The worker's next life would use it again; here there is none.
      expect(removeCgroup(join(cgroup, '..'))).toBe(true);
    }
    removeRecord(stateDir, 'run');
    expect(await reapLeftovers(stateDir)).toEqual([]);
  });
});
