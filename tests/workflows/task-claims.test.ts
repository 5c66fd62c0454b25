import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { beginHold } from '../../client/hold.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import type { ClaimGrant, HandoffRequest, TransitionRequest } from '../../schemas/task-requests.ts';
import {
  answerTask,
  claimTask,
  giveBackTask,
  handOffTask,
  progressTask,
  transitionTask,
} from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { type Bench, openBench } from './bench.ts';
import { cancelledView, claim, ended, failedWith, inState, ownRoute, resultOf, until, viewOf } from './support.ts';

/** Long enough for a busy machine; the one test that waits for it to pass takes a short one. */
const PATIENT_MS = 600_000;

describe.skipIf(noTimeSkipping())('a task that agents outside take', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  const handle = (workflowId: string) => bench.client.workflow.getHandle(workflowId);

  async function parked(input: object = {}): Promise<{ workflowId: string; tag: string; queue: string }> {
    const { tag, queue } = ownRoute();
    const { workflowId } = await bench.start({ command: ['true'], requires: [tag], ...input });
    await inState(bench.client, workflowId, 'parked');
    return { workflowId, tag, queue };
  }

  function take(
    workflowId: string,
    agent: string,
    capabilities: string[],
    timeoutMs = PATIENT_MS,
  ): Promise<ClaimGrant> {
    return handle(workflowId).executeUpdate(claimTask, { args: [{ agent, host: null, capabilities, timeoutMs }] });
  }

  function move(workflowId: string, asks: Partial<TransitionRequest> & Pick<TransitionRequest, 'to'>) {
    const request = { by: asks.agent ?? 'ada', agent: null, attempt: null, reason: 'because', ...asks };
    return handle(workflowId).executeUpdate(transitionTask, { args: [request] });
  }

  function handOff(workflowId: string, asks: Partial<HandoffRequest>) {
    const request = { by: 'ada', agent: null, attempt: null, to: null, requires: null, branch: null, ...asks };
    return handle(workflowId).executeUpdate(handOffTask, { args: [{ notes: 'see the log', ...request }] });
  }

  async function refusalOf(asked: Promise<unknown>): Promise<{ type: string; message: string }> {
    const error = await asked.then(
      (answer) => new Error(`not refused: ${JSON.stringify(answer)}`),
      (thrown: Error) => thrown,
    );
    if (!(error instanceof WorkflowUpdateFailedError) || !(error.cause instanceof ApplicationFailure)) throw error;
    return { type: error.cause.type ?? '', message: error.cause.message };
  }

  it('is won by exactly one of 32 that claim it at once; the others hear who has it, and since when [B2]', async () => {
    const { workflowId, tag } = await parked();
    const agents = Array.from({ length: 32 }, (_, i) => `agent-${i}`);
    const outcomes = await Promise.allSettled(agents.map((agent) => take(workflowId, agent, [tag])));
    const won = outcomes.flatMap((outcome, i) => (outcome.status === 'fulfilled' ? [agents[i]] : []));
    expect(won).toHaveLength(1);
    const view = await viewOf(bench.client, workflowId);
    expect(view).toMatchObject({ state: 'claimed', agent: won[0], host: null, attempt: 1 });
    for (const outcome of outcomes) {
      if (outcome.status === 'fulfilled') continue;
      const { message } = await refusalOf(Promise.reject(outcome.reason));
      expect(message).toBe(`already claimed by ${won[0]} since ${view.claimedAt}`);
    }
  });

  it('is refused to an agent that lacks a tag, naming it [R4]', async () => {
    const { workflowId, tag } = await parked();
    expect(await refusalOf(take(workflowId, 'ben', ['linux']))).toEqual({
      type: 'NotCapable',
      message: `ben lacks "${tag}", which the task requires`,
    });
    expect((await viewOf(bench.client, workflowId)).state).toBe('parked');
  });

  it('is done when its holder says so, with what it has to show [B1]', async () => {
    const { workflowId, tag } = await parked();
    const grant = await take(workflowId, 'ada', [tag]);
    await beginHold(bench.client, grant);
    await handle(workflowId).signal(progressTask, {
      by: 'ada',
      agent: 'ada',
      attempt: 1,
      text: 'half way',
      percent: 50,
    });
    expect(await inState(bench.client, workflowId, 'running')).toMatchObject({
      progress: { text: 'half way', percent: 50, by: 'ada' },
    });
    await move(workflowId, { to: 'done', agent: 'ada', reason: 'merged', data: { pr: 7 } });
    expect(await handle(workflowId).result()).toMatchObject({ outcome: 'succeeded', host: null, agent: 'ada' });
    const view = await viewOf(bench.client, workflowId);
    expect(view.history.map(({ state, by }) => [state, by])).toEqual([
      ['queued', undefined],
      ['parked', undefined],
      ['claimed', 'ada'],
      ['running', 'ada'],
      ['done', 'ada'],
    ]);
    expect(view.result).toMatchObject({ summary: 'merged', data: { pr: 7 } });
    expect(await refusalOfEnded(move(workflowId, { to: 'done' }))).toMatch(/completed|not found/i);
  });

  async function refusalOfEnded(asked: Promise<unknown>): Promise<string> {
    return asked.then(
      () => 'not refused',
      (error: Error) => `${error.message} ${(error.cause as Error | undefined)?.message ?? ''}`,
    );
  }

  it('is lost to a silent agent, given to another, and refuses what the first says later [P2]', async () => {
    const { workflowId, tag } = await parked();
    const grant = await take(workflowId, 'sleepy', [tag], 1_000);
    await beginHold(bench.client, grant);
    const lost = await until(
      () => viewOf(bench.client, workflowId),
      ({ history }) => history.some(({ reason }) => reason === 'sleepy stopped heartbeating'),
    );
    expect(lost.attempt).toBe(1);
    await take(workflowId, 'ben', [tag]);
    expect(await refusalOf(move(workflowId, { to: 'done', agent: 'sleepy', attempt: 1 }))).toEqual({
      type: 'NotHeld',
      message: 'sleepy does not hold the task (any more): ben holds it, attempt 2',
    });
    await move(workflowId, { to: 'done', agent: 'ben', attempt: 2 });
    expect(await handle(workflowId).result()).toMatchObject({ agent: 'ben', attempt: 2 });
  });

  it('counts what its holder calls failed, and fails for good after so many [B4]', async () => {
    const { workflowId, tag } = await parked({ maxAttempts: 2, retryDelay: 0 });
    await take(workflowId, 'ada', [tag]);
    await move(workflowId, { to: 'failed', agent: 'ada', reason: 'tests are red' });
    await until(
      () => viewOf(bench.client, workflowId),
      ({ state, retryAt }) => (state === 'queued' || state === 'parked') && retryAt === null,
    );
    await take(workflowId, 'ben', [tag]);
    await move(workflowId, { to: 'failed', agent: 'ben', reason: 'still red' });
    expect(await failedWith(handle(workflowId))).toMatchObject({ type: 'agent-error', message: 'still red' });
  });

  it('asks a question, waits for its answer and goes on with the same holder [B4]', async () => {
    const { workflowId, tag } = await parked();
    await take(workflowId, 'ada', [tag]);
    await move(workflowId, { to: 'blocked', agent: 'ada', reason: 'which branch?' });
    expect(await viewOf(bench.client, workflowId)).toMatchObject({ state: 'blocked', agent: 'ada' });
    expect((await refusalOf(take(workflowId, 'ben', [tag]))).type).toBe('Blocked');
    const answer = { by: 'mk', agent: null, attempt: null, text: 'main' };
    const view = await handle(workflowId).executeUpdate(answerTask, { args: [answer] });
    expect(view).toMatchObject({
      state: 'running',
      questions: [{ question: 'which branch?', answer: 'main', answeredBy: 'mk' }],
    });
    expect((await refusalOf(handle(workflowId).executeUpdate(answerTask, { args: [answer] }))).type).toBe('NotBlocked');
    await handle(workflowId).cancel();
    await cancelledView(bench.client, workflowId);
  });

  it('tells the next host what was asked and answered, without counting that attempt [B4]', async () => {
    const { tag, queue } = ownRoute();
    const inputs: RunAgentInput[] = [];
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        const attempt = await claim(bench.client, input);
        inputs.push(input);
        return inputs.length === 1
          ? resultOf(input, { attempt, outcome: 'needs-input', summary: 'asks', question: 'red or blue?' })
          : resultOf(input, { attempt });
      },
    });
    const { workflowId } = await bench.start({ command: ['x'], requires: [tag] });
    expect(await inState(bench.client, workflowId, 'blocked')).toMatchObject({
      questions: [{ question: 'red or blue?', answer: null, attempt: 1 }],
    });
    const answer = { by: 'mk', agent: null, attempt: null, text: 'blue' };
    await handle(workflowId).executeUpdate(answerTask, { args: [answer] });
    expect(await ended(bench.client, workflowId)).toMatchObject({ state: 'done', attempt: 2 });
    expect(inputs[1]?.questions).toMatchObject([{ question: 'red or blue?', answer: 'blue', answeredBy: 'mk' }]);
  });

  it('goes back when its holder gives it up, or is gone [B2]', async () => {
    const { workflowId, tag } = await parked();
    await take(workflowId, 'ada', [tag]);
    await move(workflowId, { to: 'queued', agent: 'ada', reason: 'no time' });
    expect((await viewOf(bench.client, workflowId)).history).toContainEqual(
      expect.objectContaining({ state: 'queued', reason: 'no time', by: 'ada' }),
    );
    await take(workflowId, 'ben', [tag]);
    await handle(workflowId).signal(giveBackTask, { agent: 'ada', attempt: null, reason: 'not hers any more' });
    expect((await viewOf(bench.client, workflowId)).agent).toBe('ben');
    await handle(workflowId).signal(giveBackTask, { agent: 'ben', attempt: null, reason: 'ben was unregistered' });
    const view = await until(
      () => viewOf(bench.client, workflowId),
      ({ state }) => state !== 'claimed',
    );
    expect(view.history.some(({ reason }) => reason === 'ben was unregistered')).toBe(true);
    await handle(workflowId).cancel();
    await cancelledView(bench.client, workflowId);
  });

  it('is handed to one agent: nobody else may have it, no host either, and it is told the notes [C5]', async () => {
    const { workflowId, tag, queue } = await parked();
    await take(workflowId, 'ada', [tag]);
    await handOff(workflowId, { by: 'ada', agent: 'ada', to: 'ben', notes: 'tests remain', branch: 'fix-1' });
    const taken: string[] = [];
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        taken.push(input.taskId);
        return resultOf(input, { attempt: await claim(bench.client, input) });
      },
    });
    expect(await refusalOf(take(workflowId, 'carl', [tag]))).toMatchObject({ type: 'Assigned' });
    // Whoever it was handed to need not have its tags.
    await take(workflowId, 'ben', []);
    expect(await viewOf(bench.client, workflowId)).toMatchObject({
      ...{ agent: 'ben', attempt: 2, assignedTo: null },
      handoffs: [{ by: 'ada', to: 'ben', notes: 'tests remain', branch: 'fix-1' }],
    });
    await move(workflowId, { to: 'done', agent: 'ben' });
    await handle(workflowId).result();
    expect(taken).toEqual([]);
  });

  it('is handed to whoever has other tags, and the host that takes it is told why [C5]', async () => {
    const { workflowId } = await parked();
    const other = ownRoute();
    const inputs: RunAgentInput[] = [];
    await bench.serve(other.queue, {
      runAgent: async (input: RunAgentInput) => {
        inputs.push(input);
        return resultOf(input, { attempt: await claim(bench.client, input) });
      },
    });
    await handOff(workflowId, { requires: [other.tag], notes: 'needs another machine' });
    expect(await ended(bench.client, workflowId)).toMatchObject({ state: 'done', requires: [other.tag] });
    expect(inputs[0]?.handoff).toMatchObject({ by: 'ada', notes: 'needs another machine' });
  });

  it('refuses what is impossible with what is possible [B1]', async () => {
    const { workflowId, tag } = await parked();
    expect((await refusalOf(move(workflowId, { to: 'running' }))).message).toBe(
      'the task is parked and cannot become running; possible: queued, blocked, failed, cancelled',
    );
    expect((await refusalOf(move(workflowId, { to: 'done' }))).message).toContain('possible:');
    await take(workflowId, 'ada', [tag]);
    expect((await refusalOf(move(workflowId, { to: 'claimed' }))).message).toContain('task claim');
    expect((await refusalOf(move(workflowId, { to: 'done', agent: 'eve' }))).type).toBe('NotHeld');
    expect((await refusalOf(move(workflowId, { to: 'nowhere' as 'done' }))).type).toBe('invalid');
    await handle(workflowId).cancel();
    await cancelledView(bench.client, workflowId);
  });

  it('ends when its total time is over, whoever has it [B4]', async () => {
    const { tag } = ownRoute();
    const { workflowId } = await bench.start({ command: ['x'], requires: [tag], totalTimeout: '3s' }, randomUUID());
    await take(workflowId, 'ada', [tag]);
    expect(await failedWith(handle(workflowId))).toMatchObject({ type: 'timeout' });
    expect((await viewOf(bench.client, workflowId)).failure?.message).toContain('total timeout');
  });
});
