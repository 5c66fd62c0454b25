import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAgent } from '../../client/agent-registry.ts';
import { hashAgentToken } from '../../client/agent-token.ts';
import type { Agents } from '../../client/agents.ts';
import { agentWorkflowId } from '../../schemas/names.ts';
import { taskLetGo, taskTaken } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { agentIs, agentsOf, askedBack, heldTask, startRaw, stateOf, take } from './agent-stand-in.ts';
import { openBench, type TimeSkippingBench } from './bench.ts';
import { passTime, until } from './support.ts';

describe.skipIf(noTimeSkipping())('an agent outside', () => {
  let bench: TimeSkippingBench;
  let agents: Agents;
  beforeAll(async () => {
    bench = await openBench();
    agents = agentsOf(bench);
  });
  afterAll(() => bench?.close());

  it('is registered with its tags sorted, and is idle [P1]', async () => {
    const { agent } = await agents.register({ name: 'Ann', capabilities: ['Rust', 'go', 'rust'], runtime: 'claude' });
    expect(agent).toMatchObject({ name: 'ann', status: 'idle', capabilities: ['go', 'rust'], runtime: 'claude' });
    expect(agent).toMatchObject({ timeoutMs: 300_000, host: null, tasks: 0, why: 'it holds no task' });
  });

  it('leaves in its history the hash of its token, and the token nowhere [T1]', async () => {
    const { token } = await agents.register({ name: 'secretive' });
    const { events } = await bench.client.workflow.getHandle('agent/secretive').fetchHistory();
    // Payloads stand in it coded in base64.
    const history = JSON.stringify(events).replaceAll(/"data":"([^"]*)"/g, (_, data) =>
      Buffer.from(data, 'base64').toString(),
    );
    expect(history).toContain(hashAgentToken(String(token)));
    expect(history).not.toContain(String(token).slice(11));
  });

  it('keeps its name from others while it is there, by force or not, and gives it to who has its token [P1] [B3]', async () => {
    const { token } = await agents.register({ name: 'taken' });
    await expect(agents.register({ name: 'taken' })).rejects.toMatchObject({ code: 'refused', exitCode: 4 });
    await expect(agents.register({ name: 'taken', force: true })).rejects.toThrow('an agent that is here (idle)');
    await expect(agents.register({ name: 'taken', token: `${token}x` })).rejects.toThrow('belongs to an agent');
    const again = await agents.register({ name: 'taken', capabilities: ['zfs'], token: String(token) });
    expect(again).toMatchObject({ token: null, agent: { capabilities: ['zfs'] } });
    expect((await stateOf(bench.client, 'taken'))?.tokenHash).toBe(hashAgentToken(String(token)));
  });

  it('has, of many who register one name at once, one holder [P1]', async () => {
    const tries = await Promise.allSettled(Array.from({ length: 12 }, () => agents.register({ name: 'contended' })));
    expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const each of tries) if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'refused' });
  });

  it('gets a new token in place of the old one [B3]', async () => {
    await agents.register({ name: 'rotated' });
    const token = await agents.rotateToken('rotated');
    expect((await stateOf(bench.client, 'rotated'))?.tokenHash).toBe(hashAgentToken(token));
  });

  it.each([
    [{ name: 'a b' }, 'name: an agent name has'],
    [{ name: 'command@debby' }, 'name: an agent name has'],
    [{ name: 'x', capabilities: ['no way'] }, 'capabilities[0]'],
    [{ name: 'x', timeout: '1s' }, 'timeout: must be between'],
    [{ name: 'x', runtime: '' }, 'runtime'],
  ])('is refused as %j, by the name of the field [T2]', async (input, message) => {
    await expect(agents.register(input)).rejects.toMatchObject({ code: 'invalid' });
    await expect(agents.register(input)).rejects.toThrow(message);
  });

  it('is refused on a host that the fleet does not know [P1]', async () => {
    const register = agents.register({ name: 'x', host: 'nowhere' });
    await expect(register).rejects.toMatchObject({ code: 'not-found', hint: 'known: none' });
  });

  it('is busy while it holds a task, unless it is away [P1]', async () => {
    await agents.register({ name: 'worker' });
    const taken = await heldTask(bench, 'held-by-worker');
    await take(bench.client, 'worker', taken);
    const { claims } = await agentIs(agents, 'worker', 'busy');
    expect(claims).toMatchObject([{ taskId: 'held-by-worker', attempt: 1 }]);
    expect(await agents.setStatus('worker', 'away')).toMatchObject({ why: 'it says so, though it holds 1 task' });
    await agents.setStatus('worker', 'idle');
    const handle = bench.client.workflow.getHandle(agentWorkflowId('worker'));
    await handle.signal(taskLetGo, { workflowId: taken.workflowId, attempt: 1 });
    expect(await agentIs(agents, 'worker', 'idle')).toMatchObject({ claims: [], lost: [] });
  });

  it('is told of claims that it lost, until it takes the task again [B2]', async () => {
    await agents.register({ name: 'loser' });
    const taken = await heldTask(bench, 'lost-by-loser');
    const handle = bench.client.workflow.getHandle(agentWorkflowId('loser'));
    await take(bench.client, 'loser', taken);
    await handle.signal(taskLetGo, { workflowId: taken.workflowId, attempt: 1, lost: true, reason: 'taken back' });
    const { claims, lost } = await agents.heartbeat('loser');
    expect({ claims, lost }).toMatchObject({ claims: [], lost: [{ taskId: 'lost-by-loser', reason: 'taken back' }] });
    await take(bench.client, 'loser', { ...taken, attempt: 2 });
    await until(
      () => agents.show('loser'),
      (agent) => agent.lost.length === 0 && agent.tasks === 1,
    );
    // Late word of the attempt that is over does not end the one that is on.
    await handle.signal(taskLetGo, { workflowId: taken.workflowId, attempt: 1 });
    expect(await agents.show('loser')).toMatchObject({ claims: [{ attempt: 2 }] });
  });

  it('gives its claims back when it is unregistered; then its name is free, its token void [P1] [B3]', async () => {
    const { token } = await agents.register({ name: 'leaver' });
    const taken = [await heldTask(bench, 'leaver-1'), await heldTask(bench, 'leaver-2')];
    for (const each of taken) await take(bench.client, 'leaver', each);
    expect((await agents.unregister('leaver')).claims.map(({ taskId }) => taskId)).toEqual(['leaver-1', 'leaver-2']);
    for (const { workflowId } of taken) {
      expect(await askedBack(bench.client, workflowId)).toEqual([
        { agent: 'leaver', attempt: 1, reason: 'leaver was unregistered' },
      ]);
    }
    await expect(agents.rotateToken('leaver')).rejects.toThrow();
    const again = await agents.register({ name: 'leaver' });
    expect(again.token).not.toBe(token);
    expect(again.agent.claims).toEqual([]);
  });

  it('takes no harm of signals that cannot be read [T2]', async () => {
    await agents.register({ name: 'sturdy' });
    const handle = bench.client.workflow.getHandle(agentWorkflowId('sturdy'));
    for (const bad of [null, 'x', {}, { taskId: 1 }]) {
      await handle.signal(taskTaken.name, bad);
      await handle.signal(taskLetGo.name, bad);
    }
    expect(await agents.show('sturdy')).toMatchObject({ status: 'idle', tasks: 0 });
  });
});

describe.skipIf(noTimeSkipping())('an agent that is not heard', () => {
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench?.close());

  it('fails at once when it is started raw with something else, and ends when nobody registers it [T2]', async () => {
    const bad = await startRaw(bench.client, 'agent/raw', { name: 7 });
    await expect(bad.result()).rejects.toMatchObject({
      cause: { type: 'invalid', message: expect.stringContaining('name') },
    });
    const unclaimed = await startRaw(bench.client, 'agent/raw', { name: 'raw' });
    await passTime(bench.env, '2m');
    await unclaimed.result();
  });

  it('is stale, offline after a day and forgotten after thirty, and its claims are given back [P1]', async () => {
    const agents = agentsOf(bench);
    const task = await heldTask(bench, 'held');
    await agents.register({ name: 'sleeper', timeout: '2s' });
    await take(bench.client, 'sleeper', task);
    const stale = await agentIs(agents, 'sleeper', 'stale');
    expect(stale).toMatchObject({ tasks: 0, lost: [{ taskId: 'held', reason: 'sleeper was silent for 2 s' }] });
    expect(await askedBack(bench.client, task.workflowId)).toEqual([
      { agent: 'sleeper', attempt: 1, reason: 'sleeper was silent for 2 s' },
    ]);
    const handle = bench.client.workflow.getHandle(agentWorkflowId('sleeper'));
    await passTime(bench.env, '23h');
    expect((await agents.show('sleeper')).status).toBe('stale');
    await passTime(bench.env, '2h');
    await agentIs(agents, 'sleeper', 'offline');
    await passTime(bench.env, '28 days');
    expect((await agents.show('sleeper')).status).toBe('offline');
    await passTime(bench.env, '2 days');
    await handle.result();
    expect(await readAgent(bench.client, 'sleeper')).toBeNull();
  });
});
