import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test } from 'vitest';
import { bootClockMs } from '../../workers/boot-clock.ts';
import { Keeper } from '../../workers/leash/keeper.ts';
import type { LeashEvent } from '../../workers/leash/messages.ts';
import { processTable, startOf } from '../../workers/leash/process-table.ts';
import { agent, isAlive, until } from './support.ts';

/** An agent in a group of its own; another one of the same run is a stray of the first. */
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

/** A keeper that cannot look for processes until it is allowed to. */
function blindKeeper() {
  const said: LeashEvent[] = [];
  const sight = { looks: 0, clear: false };
  const readTable = (sinceMs: number) => {
    sight.looks += 1;
    if (!sight.clear) throw new Error('too many open files');
    return processTable(sinceMs);
  };
  const keeper = new Keeper(
    [],
    (event) => said.push(event),
    () => {},
    readTable,
  );
  return { keeper, said, sight };
}

test.each(['end', 'release'] as const)(
  'carries out the order to %s a run that it cannot look for, and says so only when it has looked [S3]',
  async (order) => {
    const { keeper, said, sight } = blindKeeper();
    const { runId, pid, tree } = await agentOf(order);
    const stray = await agentOf(order);
    keeper.obey({ do: 'hold', runId, tree, leaseMs: 60_000, graceMs: 100, sentAtMs: bootClockMs() });
    const command = { runId, graceMs: 0, reason: 'test' };
    keeper.obey(order === 'end' ? { do: 'end', ...command } : { do: 'release', runId });
    await until(() => !isAlive(pid), 'the group is killed without a look');
    const { looks } = sight;
    await until(() => sight.looks > looks + 3, 'it has looked again');
    expect(isAlive(stray.pid)).toBe(true);
    expect(said).toEqual([
      { is: 'held', runId },
      { is: 'fault', message: expect.stringContaining('too many open files') },
    ]);
    sight.clear = true;
    const last = order === 'end' ? 'ended' : 'released';
    await until(() => said.some(({ is }) => is === last), 'the end is told');
    expect(isAlive(stray.pid)).toBe(false);
    expect(said.slice(2, 4)).toEqual([
      { is: 'ending', runId, alive: expect.toSatisfy((alive: number) => alive >= 1) },
      { is: 'ended', runId },
    ]);
    keeper.obey({ do: 'release', runId });
    expect(said.at(-1)).toEqual({ is: 'released', runId });
  },
);

test('goes on ending its runs when it is to stop and cannot look, and is done when it could [P3]', async () => {
  const { keeper, said, sight } = blindKeeper();
  const agents = await Promise.all(['one', 'two'].map(agentOf));
  for (const { runId, tree } of agents) {
    keeper.obey({ do: 'hold', runId, tree, leaseMs: 60_000, graceMs: 100, sentAtMs: bootClockMs() });
  }
  let done = false;
  const stopped = keeper.stop('the worker is gone').then(() => {
    done = true;
  });
  await until(() => !agents.some(({ pid }) => isAlive(pid)), 'both groups are killed without a look');
  const { looks } = sight;
  await until(() => sight.looks > looks + 3, 'it has looked again');
  expect(done).toBe(false);
  expect(said.filter(({ is }) => is === 'ended')).toEqual([]);
  keeper.obey({ do: 'ping' });
  expect(said.filter(({ is }) => is === 'pong')).toEqual([]);
  sight.clear = true;
  await stopped;
  expect(said.filter(({ is }) => is === 'ended')).toHaveLength(2);
});
