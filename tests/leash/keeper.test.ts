import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import { Keeper } from '../../workers/leash/keeper.ts';
import type { LeashEvent } from '../../workers/leash/messages.ts';
import { startOf } from '../../workers/leash/process-table.ts';
import { agent, isAlive } from './support.ts';

async function agentOf(runId: string) {
  const cookie = `0123456789ab-${Buffer.from(runId.padEnd(16)).toString('hex')}`;
  const env = { PATH: String(process.env.PATH), COLIBRI_RUN_COOKIE: cookie };
  const child = spawn(agent('term-ignorer.sh'), { env, detached: true, stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const leader = { pid: Number(child.pid), startMs: Number(startOf(Number(child.pid))) };
  return { runId, pid: leader.pid, tree: { cookie, cgroup: null, leader, sinceMs: 0 } };
}

test('ends every run, and is done, when none of their ends can be noted [P3]', async () => {
  const said: LeashEvent[] = [];
  const keeper = new Keeper(
    [],
    (event) => said.push(event),
    () => {
      throw new Error('no space left on device');
    },
  );
  const agents = await Promise.all(['one', 'two'].map(agentOf));
  for (const { runId, tree } of agents) {
    keeper.obey({ do: 'hold', runId, tree, leaseMs: 60_000, graceMs: 100, sentAtMs: bootClockMs() });
  }
  await keeper.stop('the worker is gone');
  expect(agents.filter(({ pid }) => isAlive(pid))).toEqual([]);
  expect(said.filter(({ is }) => is === 'ended')).toHaveLength(2);
  expect(said).toContainEqual({ is: 'fault', message: 'run one: Error: no space left on device' });
});
