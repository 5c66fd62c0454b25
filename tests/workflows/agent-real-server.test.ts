import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { presenceId } from '../../schemas/agent.ts';
import { agentWorkflowId } from '../../schemas/names.ts';
import { agentIs, agentsOf, askedBack, heldTask, stateOf, take } from './agent-stand-in.ts';
import { type Bench, openRealBench, shortHistoryServer } from './bench.ts';
import { fleetHost } from './host-stand-in.ts';
import { until } from './support.ts';

// On the development server: the time-skipping one takes a heartbeat for an activity that has timed out.
describe('an agent on the real server', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench?.close());

  const events = async (name: string) =>
    (await bench.client.workflow.getHandle(agentWorkflowId(name)).fetchHistory()).events ?? [];

  it('stays as long as it is heard, and its heartbeats write nothing to its history [P1]', async () => {
    const agents = agentsOf(bench);
    await agents.register({ name: 'steady', timeout: '5s' });
    await agents.heartbeat('steady');
    const before = (await events('steady')).length;
    const first = Date.parse((await agents.show('steady')).lastSeenAt);
    for (const until = Date.now() + 7_000; Date.now() < until; ) {
      expect(await agents.heartbeat('steady')).toMatchObject({ status: 'idle', returned: false });
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
    expect(await events('steady')).toHaveLength(before);
    const { lastSeenAt, status } = await agents.show('steady');
    expect({ status, heard: Date.parse(lastSeenAt) - first > 5_000 }).toEqual({ status: 'idle', heard: true });
  });

  it('is stale when it is silent, gives its claims back, and comes back with a heartbeat [P1]', async () => {
    const agents = agentsOf(bench);
    const task = await heldTask(bench, 'dropped');
    await agents.register({ name: 'drowsy', timeout: '2s' });
    await take(bench.client, 'drowsy', task);
    const { lost, since, lastSeenAt } = await agentIs(agents, 'drowsy', 'stale');
    expect(lost).toMatchObject([{ taskId: 'dropped', attempt: 1, reason: 'drowsy was silent for 2 s' }]);
    expect(Date.parse(since) - Date.parse(lastSeenAt)).toBeGreaterThanOrEqual(2_000);
    expect(await askedBack(bench.client, task.workflowId)).toHaveLength(1);
    const back = await agents.heartbeat('drowsy');
    expect(back).toMatchObject({ returned: true, status: 'idle', claims: [], lost: [{ taskId: 'dropped' }] });
    expect(await agents.heartbeat('drowsy')).toMatchObject({ returned: false });
  });

  it('may be replaced by force once it is stale; then the former token is another’s [P1] [B3]', async () => {
    const agents = agentsOf(bench);
    const { token } = await agents.register({ name: 'former', timeout: '2s' });
    await agentIs(agents, 'former', 'stale');
    await expect(agents.register({ name: 'former' })).rejects.toMatchObject({
      code: 'refused',
      hint: expect.stringContaining('--force'),
    });
    const taken = await agents.register({ name: 'former', force: true, timeout: '5m' });
    expect(taken).toMatchObject({ agent: { status: 'idle' }, token: expect.stringMatching(/^colibri_at_/) });
    expect(taken.token).not.toBe(token);
    await expect(agents.register({ name: 'former', token: String(token) })).rejects.toMatchObject({ code: 'refused' });
  });

  it('renews its claims with each heartbeat, and says which are held, lost or to be stopped [B2]', async () => {
    const agents = agentsOf(bench);
    await agents.register({ name: 'holder' });
    const held = await heldTask(bench, 'a-held');
    const stopped = await heldTask(bench, 'b-stopped');
    const lost = { ...(await heldTask(bench, 'c-lost')), activityId: 'presence-9' };
    for (const task of [held, stopped, lost]) await take(bench.client, 'holder', task);
    // Another time-out asks for another presence, and so for the end of the one that stands for the claim here.
    const { tokenHash } = (await stateOf(bench.client, 'b-stopped')) ?? {};
    await bench.client.workflow.getHandle(stopped.workflowId).executeUpdate('register', {
      args: [
        {
          registration: { name: 'b-stopped', capabilities: [], host: null, runtime: null, timeoutMs: 900_000 },
          ...{ tokenHash, proof: tokenHash, force: false },
        },
      ],
    });
    const seen = async () => {
      const { raw } = await bench.client.workflow.getHandle(held.workflowId).describe();
      return Number(raw.pendingActivities?.[0]?.lastHeartbeatTime?.seconds ?? 0);
    };
    expect(await seen()).toBe(0);
    const standings = async () =>
      (await agents.heartbeat('holder')).claims.map(({ taskId, standing }) => [taskId, standing]);
    await until(standings, (answer) => JSON.stringify(answer).includes('stop"'));
    expect(await standings()).toEqual([
      ['a-held', 'held'],
      ['b-stopped', 'stop'],
      ['c-lost', 'lost'],
    ]);
    expect(await seen()).toBeGreaterThan(0);
  });

  it('is not taken for silent when its arrival comes together with the loss of its presence [P1]', async () => {
    const agents = agentsOf(bench);
    const task = await heldTask(bench, 'kept');
    await agents.register({ name: 'prompt', timeout: '2s' });
    await take(bench.client, 'prompt', task);
    await agentIs(agents, 'prompt', 'busy');
    await bench.controlWorker.stop();
    const lost = 'presence-1';
    await until(
      () => events('prompt'),
      (all) => all.some((event) => event.activityTaskTimedOutEventAttributes),
    );
    const arrived = bench.client.workflow
      .getHandle(agentWorkflowId('prompt'))
      .executeUpdate<{ presences: number }, [{ lost: string }]>('arrive', { args: [{ lost }] });
    // Time for the update to reach the server; were it late, the two would only come one after the other.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const control = await bench.control();
    expect(presenceId(await arrived)).toBe('presence-2');
    expect(await agents.show('prompt')).toMatchObject({ status: 'busy', claims: [{ taskId: 'kept' }], lost: [] });
    expect(await askedBack(bench.client, task.workflowId)).toEqual([]);
    await control.stop();
    await bench.control();
  });

  it('can do what its host can, while the worker of that host is there [P1]', async () => {
    const agents = agentsOf(bench);
    const fleet = bench.client.workflow.getHandle('fleet');
    await bench.client.workflow
      .start('fleet', { workflowId: 'fleet', taskQueue: 'colibri-fleet', args: [] })
      .catch(() => undefined);
    await fleet.signal('hostChanged', fleetHost('debby', ['docker', 'linux']));
    await agents.register({ name: 'guest', capabilities: ['rust'], host: 'debby' });
    expect(await agents.claimant('guest')).toEqual({
      ...{ agent: 'guest', host: 'debby', capabilities: ['docker', 'linux', 'rust'], timeoutMs: 300_000 },
    });
    await fleet.signal('hostChanged', fleetHost('debby', ['docker', 'linux'], { status: 'offline' }));
    expect(await agents.show('guest')).toMatchObject({ host: 'debby', capabilities: ['rust'], tags: ['rust'] });
    await expect(agents.register({ name: 'other', host: 'deby' })).rejects.toMatchObject({
      ...{ code: 'not-found', hint: 'did you mean debby?' },
    });
  });

  it('is listed by name with the others, and found by the nearest to a misspelt one [P1]', async () => {
    const agents = agentsOf(bench);
    for (const name of ['zoe', 'adam']) await agents.register({ name });
    const names = await until(
      async () => (await agents.list()).map(({ name }) => name),
      (all) => all.includes('zoe') && all.includes('adam'),
    );
    expect(names).toEqual([...names].sort());
    await expect(agents.heartbeat('adan')).rejects.toMatchObject({ code: 'not-found', hint: 'did you mean adam?' });
    await agents.unregister('zoe');
    await expect(agents.show('zoe')).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('an agent that continues as new', () => {
  it('keeps its token, its claims and its presence [T3]', async () => {
    const server = await shortHistoryServer();
    const bench = await openRealBench({}, server);
    try {
      const agents = agentsOf(bench);
      const { token } = await agents.register({ name: 'lasting', capabilities: ['rust'], timeout: '3s' });
      const task = await heldTask(bench, 'lasting-task');
      await take(bench.client, 'lasting', task);
      const handle = bench.client.workflow.getHandle(agentWorkflowId('lasting'));
      const { runId } = await handle.describe();
      for (let change = 0; (await handle.describe()).runId === runId; change += 1) {
        if (change > 100) throw new Error('it did not continue as new');
        await agents.setStatus('lasting', change % 2 === 0 ? 'away' : 'idle');
      }
      expect(await agents.show('lasting')).toMatchObject({
        ...{ capabilities: ['rust'], tasks: 1, claims: [{ taskId: 'lasting-task' }] },
      });
      expect(await agents.register({ name: 'lasting', token: String(token), timeout: '3s' })).toMatchObject({
        token: null,
      });
      // Its presence is held in the new run as well: it is heard, and missed.
      await until(
        () => agents.heartbeat('lasting'),
        (beat) => !beat.returned,
      );
      await agentIs(agents, 'lasting', 'stale');
      expect(await askedBack(bench.client, task.workflowId)).toHaveLength(1);
    } finally {
      await bench.close();
      await server.stop();
    }
  });
});
