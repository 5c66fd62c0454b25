import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Agents } from '../../client/agents.ts';
import { Colibri } from '../../client/colibri.ts';
import type { Connected } from '../../client/connect.ts';
import { taskWorkflowId } from '../../schemas/names.ts';
import type { ClaimGrant } from '../../schemas/task-requests.ts';
import { claimTask, handOffTask, transitionTask } from '../../workflows/messages.ts';
import { agentIs, agentsOf } from './agent-stand-in.ts';
import { type Bench, openRealBench } from './bench.ts';
import { inState, ownRoute, until } from './support.ts';

// Tasks as they are: their claims are leases that the heartbeats of an agent outside renew.
describe('a task that an agent outside claimed', () => {
  let bench: Bench;
  let agents: Agents;
  beforeAll(async () => {
    bench = await openRealBench();
    agents = agentsOf(bench);
  });
  afterAll(() => bench?.close());

  async function parked(id: string): Promise<{ workflowId: string; tag: string }> {
    const { tag } = ownRoute();
    const workflowId = taskWorkflowId(id);
    await bench.start({ command: ['true'], requires: [tag] }, workflowId);
    await inState(bench.client, workflowId, 'parked');
    return { workflowId, tag };
  }

  async function claim(name: string, workflowId: string): Promise<ClaimGrant> {
    const args: [Awaited<ReturnType<Agents['claimant']>>] = [await agents.claimant(name)];
    return bench.client.workflow.getHandle(workflowId).executeUpdate(claimTask, { args });
  }

  it('stays its own as long as it is heard, over several time-outs, and ends by its word [B2]', async () => {
    const { workflowId, tag } = await parked('heard');
    await agents.register({ name: 'diligent', capabilities: [tag], timeout: '6s' });
    await claim('diligent', workflowId);
    for (const end = Date.now() + 13_000; Date.now() < end; ) {
      expect(await agents.heartbeat('diligent')).toMatchObject({
        ...{ status: 'busy', returned: false, claims: [{ taskId: 'heard', attempt: 1, standing: 'held' }] },
      });
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    const done = { by: 'diligent', agent: 'diligent', attempt: 1, to: 'done' as const, reason: 'all of it' };
    await bench.client.workflow.getHandle(workflowId).executeUpdate(transitionTask, { args: [done] });
    await agentIs(agents, 'diligent', 'idle');
    // What it ended itself it did not lose.
    expect(await agents.heartbeat('diligent')).toMatchObject({ claims: [], lost: [] });
  });

  it('goes back when it falls silent, so that another can claim it, and it is told so on its return [B2] [P1]', async () => {
    const { workflowId, tag } = await parked('dropped');
    await agents.register({ name: 'silent', capabilities: [tag], timeout: '2s' });
    await agents.register({ name: 'next', capabilities: [tag] });
    await claim('silent', workflowId);
    await expect(claim('next', workflowId)).rejects.toMatchObject({
      cause: { message: expect.stringMatching(/^already claimed by silent since \d{4}-/) },
    });
    await inState(bench.client, workflowId, 'queued').catch(() => inState(bench.client, workflowId, 'parked'));
    expect(await claim('next', workflowId)).toMatchObject({ attempt: 2 });
    const back = await until(
      () => agents.heartbeat('silent'),
      (beat) => beat.lost.length > 0,
    );
    expect(back).toMatchObject({ claims: [], lost: [{ taskId: 'dropped', attempt: 1 }] });
    expect(await agents.show('next')).toMatchObject({ claims: [{ taskId: 'dropped', attempt: 2 }] });
  });

  it('goes back at once when its agent is unregistered [P1]', async () => {
    const { workflowId, tag } = await parked('given-back');
    await agents.register({ name: 'quitter', capabilities: [tag] });
    await claim('quitter', workflowId);
    await agents.unregister('quitter');
    const { history } = await until(
      () => inState(bench.client, workflowId, 'parked'),
      (view) => view.attempt === 1,
    );
    expect(history.map(({ reason }) => reason)).toContain('quitter was unregistered');
  });

  it('is lost to a cancellation, which its agent hears with its next heartbeat [S3]', async () => {
    const { workflowId, tag } = await parked('stopped');
    await agents.register({ name: 'stopped', capabilities: [tag] });
    await claim('stopped', workflowId);
    await bench.client.workflow.getHandle(workflowId).cancel();
    const beat = await until(
      () => agents.heartbeat('stopped'),
      ({ claims }) => claims.length === 0,
    );
    expect(beat.lost).toMatchObject([{ taskId: 'stopped', reason: expect.stringContaining('cancelled') }]);
  });

  it('is listed for its agent, and one that was handed to another for nobody else [B3] [C5]', async () => {
    const { workflowId, tag } = await parked('passed-on');
    for (const name of ['giver', 'taker', 'bystander']) await agents.register({ name, capabilities: [tag] });
    await claim('giver', workflowId);
    const handOff = {
      by: 'giver',
      agent: 'giver',
      attempt: 1,
      to: 'taker',
      requires: null,
      notes: 'yours',
      branch: null,
    };
    await bench.client.workflow.getHandle(workflowId).executeUpdate(handOffTask, { args: [handOff] });
    const seenBy = async (name: string) => {
      const connected = { client: bench.client } as unknown as Connected;
      const principal = { kind: 'agent' as const, name, capabilities: [tag] };
      return (await new Colibri(connected, principal).list()).tasks.map(({ id }) => id);
    };
    await until(
      () => seenBy('taker'),
      (ids) => ids.includes('passed-on'),
    );
    expect(await seenBy('bystander')).toEqual([]);
    const stranger = new Colibri({ client: bench.client } as unknown as Connected, {
      ...{ kind: 'agent', name: 'bystander', capabilities: [tag] },
    });
    await expect(stranger.show('passed-on')).rejects.toThrow('it was handed to taker');
    await claim('taker', workflowId);
    expect(await agents.show('taker')).toMatchObject({ claims: [{ taskId: 'passed-on' }] });
  });

  it('costs a task nothing when its agent was never registered: the claim is a lease of its own [B2]', async () => {
    const { workflowId, tag } = await parked(`unknown-${randomUUID().slice(0, 8)}`);
    const request = { agent: 'nobody-registered', host: null, capabilities: [tag], timeoutMs: 2_000 };
    await bench.client.workflow.getHandle(workflowId).executeUpdate(claimTask, { args: [request] });
    await inState(bench.client, workflowId, 'parked');
  });
});
