import { WorkflowNotFoundError } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { hostQueue } from '../../schemas/names.ts';
import { deferred } from '../../workers/deferred.ts';
import { cancelNote } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { type Bench, openBench, openRealBench } from './bench.ts';
import { cancelledView, claim, inState, ownRoute, resultOf, runUntilCancelled, viewOf } from './support.ts';

describe.skipIf(noTimeSkipping())('cancelling a task', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  it('works before the task has looked at anything [B1]', async () => {
    const { tag } = ownRoute();
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await handle.cancel();
    const view = await cancelledView(bench.client, handle.workflowId);
    expect(view).toMatchObject({
      state: 'cancelled',
      attempt: 0,
      failure: { code: 'cancelled', message: 'cancelled' },
    });
  });

  it('works while the task is parked, and says who wanted it and why [B1]', async () => {
    const { tag } = ownRoute();
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await inState(bench.client, handle.workflowId, 'parked');
    await handle.signal(cancelNote, { reason: 'no longer needed', by: 'ada' });
    await handle.cancel();
    const view = await cancelledView(bench.client, handle.workflowId);
    expect(view.failure).toEqual({ code: 'cancelled', message: 'no longer needed (by ada)' });
    expect(view.history.at(-1)).toMatchObject({ state: 'cancelled', host: null, reason: 'no longer needed (by ada)' });
    expect((await handle.describe()).status.name).toBe('CANCELLED');
    const attributes = (await handle.describe()).typedSearchAttributes.getAll();
    expect(attributes.find(({ key }) => key.name === 'ColibriState')?.value).toBe('cancelled');
  });

  it('waits for the host of a running agent to say that it has ended [S3]', async () => {
    const { tag, queue } = ownRoute();
    await bench.serve(queue, { runAgent: (input: RunAgentInput) => runUntilCancelled(bench.client, input) });
    const handle = await bench.start({ command: ['sleep', '100'], requires: [tag] });
    await inState(bench.client, handle.workflowId, 'running');
    await handle.cancel();
    expect(await cancelledView(bench.client, handle.workflowId)).toMatchObject({
      ...{ state: 'cancelled', host: 'debby', attempt: 1 },
      result: { outcome: 'cancelled', signal: 'SIGTERM', summary: 'ended by SIGTERM' },
    });
  });

  it('tells the host at once, without waiting for its next heartbeat [S3]', async () => {
    const { tag, queue } = ownRoute();
    const nudges: unknown[] = [];
    const { promise: told, resolve: nudged } = deferred<void>();
    await bench.serve(hostQueue('domedog'), {
      nudge: async (which: unknown) => {
        nudges.push(which);
        nudged();
      },
    });
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        await claim(bench.client, input, 'domedog');
        await told;
        return runUntilCancelled(bench.client, { ...input, attemptsBefore: 0 }, 'domedog');
      },
    });
    const handle = await bench.start({ command: ['sleep', '100'], requires: [tag] });
    const { runId } = await inState(bench.client, handle.workflowId, 'running');
    await handle.cancel();
    expect((await cancelledView(bench.client, handle.workflowId)).state).toBe('cancelled');
    expect(nudges).toEqual([{ workflowId: handle.workflowId, runId }]);
  });

  it('works between two attempts [B1]', async () => {
    const { tag, queue } = ownRoute();
    let runs = 0;
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        runs += 1;
        const attempt = await claim(bench.client, input);
        return resultOf(input, { attempt, outcome: 'failed', summary: 'exit code 1' });
      },
    });
    const handle = await bench.start({ command: ['false'], requires: [tag], maxAttempts: 3, retryDelay: '1d' });
    const waiting = await inState(bench.client, handle.workflowId, 'queued');
    expect(waiting.attempt).toBe(1);
    await handle.cancel();
    const view = await cancelledView(bench.client, handle.workflowId);
    expect(view).toMatchObject({ state: 'cancelled', attempt: 1, result: { outcome: 'failed' } });
    expect(runs).toBe(1);
  });

  it('changes nothing once the task has ended [B1]', async () => {
    const { tag, queue } = ownRoute();
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => resultOf(input, { attempt: await claim(bench.client, input) }),
    });
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await handle.result();
    await expect(handle.signal(cancelNote, { reason: 'late', by: 'x' })).rejects.toThrow(WorkflowNotFoundError);
    await handle.cancel().catch((error: unknown) => expect(error).toBeInstanceOf(WorkflowNotFoundError));
    expect((await viewOf(bench.client, handle.workflowId)).state).toBe('done');
  });
});

describe.skipIf(noTimeSkipping())('cancelling a task whose route is not found yet', () => {
  it('does not wait for the fleet [B1]', async () => {
    let release: () => void = () => undefined;
    const bench = await openBench({
      activities: {
        findRoute: () =>
          new Promise((_, reject) => {
            release = () => reject(new Error('the fleet does not answer'));
          }),
      },
    });
    try {
      const handle = await bench.start({ command: ['true'] });
      await handle.cancel();
      expect(await cancelledView(bench.client, handle.workflowId)).toMatchObject({ state: 'cancelled', route: null });
    } finally {
      release();
      await bench.close();
    }
  });
});

// On the development server: the time-skipping one forgets the heartbeat timeout of an activity that is to be cancelled,
// and breaks when one ends that is being cancelled.
describe('cancelling a running task on the real server', () => {
  let bench: Bench;
  const { promise: released, resolve: release } = deferred<void>();
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(async () => {
    release();
    await bench.close();
  });

  it('ends with the lease when the host never answers again, and goes to no other host [P2]', async () => {
    const { tag, queue } = ownRoute();
    let runs = 0;
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        runs += 1;
        await claim(bench.client, input);
        await released;
      },
    });
    const handle = await bench.start({ command: ['sleep', '100'], requires: [tag], lease: '2s', maxAttempts: 5 });
    await inState(bench.client, handle.workflowId, 'running');
    await handle.cancel();
    const view = await cancelledView(bench.client, handle.workflowId);
    expect(view).toMatchObject({ state: 'cancelled', attempt: 1, host: 'debby' });
    expect(runs).toBe(1);
  });

  it('leaves a success that came first as it is [B1]', async () => {
    const { tag, queue } = ownRoute();
    const { promise: finished, resolve: finish } = deferred<void>();
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        const attempt = await claim(bench.client, input);
        await finished;
        return resultOf(input, { attempt });
      },
    });
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await inState(bench.client, handle.workflowId, 'running');
    await handle.cancel();
    finish();
    expect(await handle.result()).toMatchObject({ outcome: 'succeeded' });
    expect((await viewOf(bench.client, handle.workflowId)).state).toBe('done');
  });
});
