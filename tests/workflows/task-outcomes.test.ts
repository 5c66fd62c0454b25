import { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import type { Skill } from '../../workers/skills.ts';
import { claimed } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { type Bench, openBench } from './bench.ts';
import { cancelledView, claim, failedWith, inState, ownRoute, resultOf, viewOf } from './support.ts';

const pictures: Skill = {
  name: 'tmux-screenshot',
  description: 'x',
  metadata: {},
  requires: ['screenshot'],
  entry: 'run.mjs',
  folder: '/skills/tmux-screenshot',
  instructions: '',
};
const manyTags: Skill = { ...pictures, name: 'many-tags', requires: Array.from({ length: 32 }, (_, i) => `m${i}`) };

describe.skipIf(noTimeSkipping())('the end of a task', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench({ skills: new Map([pictures, manyTags].map((skill) => [skill.name, skill])) });
  });
  afterAll(() => bench.close());

  /** A host for one route whose agents end as told, one after the other. */
  async function hostEnding(queue: string, ...ends: Parameters<typeof resultOf>[1][]): Promise<RunAgentInput[]> {
    const inputs: RunAgentInput[] = [];
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        const attempt = await claim(bench.client, input);
        inputs.push(input);
        return resultOf(input, { attempt, ...ends[Math.min(inputs.length, ends.length) - 1] });
      },
    });
    return inputs;
  }

  it('is recorded as done: who, when, which attempt, what came of it [B1]', async () => {
    const { tag, queue } = ownRoute();
    await hostEnding(queue, { tail: ['hi'] });
    const handle = await bench.start({ command: ['echo', 'hi'], requires: [tag], name: 'greet', project: 'p' });
    expect(await handle.result()).toMatchObject({ outcome: 'succeeded', host: 'debby', attempt: 1 });
    const view = await viewOf(bench.client, handle.workflowId);
    expect(view).toMatchObject({
      ...{
        state: 'done',
        name: 'greet',
        host: 'debby',
        agent: 'command@debby',
        attempt: 1,
        route: queue,
        failure: null,
      },
      result: { outcome: 'succeeded', exitCode: 0, summary: 'exit code 0', tail: ['hi'] },
    });
    expect(view.history.map((entry) => entry.state)).toEqual(['queued', 'parked', 'claimed', 'running', 'done']);
    const { typedSearchAttributes } = await handle.describe();
    const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
    expect(attributes).toMatchObject({
      ...{ ColibriState: 'done', ColibriRoute: queue, ColibriHost: 'debby', ColibriAgent: 'command@debby' },
      ...{ ColibriProject: 'p', ColibriRequires: [tag] },
    });
  });

  it('costs at most 20 events, and each has its purpose [T3]', async () => {
    const { tag, queue } = ownRoute();
    await hostEnding(queue, {});
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await handle.result();
    const { events = [] } = await handle.fetchHistory();
    const names = (events ?? []).map((event) => {
      const key = Object.keys(event).find((name) => name.endsWith('EventAttributes')) ?? '';
      return key.replace('EventAttributes', '').replace('workflowExecution', 'workflow');
    });
    const turn = ['workflowTaskScheduled', 'workflowTaskStarted', 'workflowTaskCompleted'];
    expect(names).toEqual([
      'workflowStarted', // the task as submitted
      ...turn,
      'workflowPropertiesModified', // its name, which a task that was started raw does not bring: it can be listed so
      'markerRecorded', // its route, found once: replay must not ask the fleet again
      'upsertWorkflowSearchAttributes', // waiting, on which route: it can be listed so
      'activityTaskScheduled', // offered to every capable host
      'workflowSignaled', // the claim: who has it, before the agent's first instruction
      ...turn,
      'upsertWorkflowSearchAttributes', // running, where: it can be listed so
      'activityTaskStarted', // written by the server only now, with the end of the attempt
      'activityTaskCompleted', // the attempt's result
      ...turn,
      'upsertWorkflowSearchAttributes', // done: it can be listed so
      'workflowCompleted', // the task's result
    ]);
    expect(names.length).toBeLessThanOrEqual(20);
  });

  it('fails with the exit code after counted attempts, and says each in its history [B4]', async () => {
    const { tag, queue } = ownRoute();
    const inputs = await hostEnding(queue, { outcome: 'failed', exitCode: 3, summary: 'exit code 3' });
    const handle = await bench.start({ command: ['false'], requires: [tag], maxAttempts: 3, retryDelay: '1h' });
    const failure = await failedWith(handle);
    expect(failure).toMatchObject({ type: 'agent-error', message: 'exit code 3', nonRetryable: true });
    expect(inputs.map((input) => input.attemptsBefore)).toEqual([0, 1, 2]);
    const view = await viewOf(bench.client, handle.workflowId);
    expect(view).toMatchObject({
      ...{ state: 'failed', attempt: 3, result: { outcome: 'failed', exitCode: 3 } },
      failure: { code: 'agent-error', message: 'exit code 3' },
    });
    expect(view.history.filter((entry) => entry.state === 'queued').map((entry) => entry.reason)).toEqual([
      'submitted',
      'exit code 3; attempt 1 of 3 failed, trying again',
      'exit code 3; attempt 2 of 3 failed, trying again',
    ]);
    // The waits between attempts were kept: two hours, of which the test saw nothing.
    expect(Date.parse(view.endedAt ?? '') - Date.parse(view.submittedAt)).toBeGreaterThan(2 * 3_600_000);
  });

  it('is done when a later attempt succeeds [B4]', async () => {
    const { tag, queue } = ownRoute();
    await hostEnding(queue, { outcome: 'failed', summary: 'exit code 1', exitCode: 1 }, {});
    const handle = await bench.start({ command: ['flaky'], requires: [tag], maxAttempts: 2 });
    expect(await handle.result()).toMatchObject({ attempt: 2 });
  });

  it('fails as a timeout when the host ended the agent for it [B4]', async () => {
    const { tag, queue } = ownRoute();
    const [ended] = [{ outcome: 'timeout' as const, exitCode: null, signal: 'SIGTERM', summary: 'ended after 1m' }];
    const inputs = await hostEnding(queue, ended);
    const handle = await bench.start({ command: ['sleep'], requires: [tag], timeout: '1m', grace: '7s' });
    expect(await failedWith(handle)).toMatchObject({ type: 'timeout', message: 'ended after 1m' });
    expect(inputs[0]).toMatchObject({ timeoutMs: 60_000, graceMs: 7_000 });
    expect(await viewOf(bench.client, handle.workflowId)).toMatchObject({
      state: 'failed',
      result: { signal: 'SIGTERM' },
    });
  });

  it('does not count what the infrastructure lost: a host that gives an attempt back [B4]', async () => {
    const { tag, queue } = ownRoute();
    let tries = 0;
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        tries += 1;
        if (tries <= 4) {
          throw ApplicationFailure.create({ type: 'HostBusy', message: 'no slot', nextRetryDelay: '200ms' });
        }
        return resultOf(input, { attempt: await claim(bench.client, input) });
      },
    });
    const handle = await bench.start({ command: ['true'], requires: [tag], maxAttempts: 1 });
    expect(await handle.result()).toMatchObject({ attempt: 1 });
    expect(tries).toBe(5);
  });

  it.each([
    [undefined, 'must be a map of fields'],
    [{}, 'command: '],
    [{ command: 'echo hi' }, 'command: '],
    [{ command: ['a'], requires: ['no way'] }, 'requires[0]: '],
    [{ command: ['a'], timeout: 'soon' }, 'timeout: '],
    [{ command: ['a'], env: { 'A B': 'x' } }, 'env.A B: '],
    [{ command: ['a'], cwd: 'here' }, 'cwd: '],
    [{ command: ['a'], maxAttempts: 0 }, 'maxAttempts: '],
    [{ command: ['a'], priority: 9 }, 'priority: '],
    [{ command: ['a'], requres: [] }, 'requres: there is no such field; did you mean "requires"?'],
  ])('fails %j at once, naming the field [T2]', async (input, words) => {
    const handle = await bench.start(input, `raw-${Math.random()}`);
    const failure = await failedWith(handle);
    expect(failure.type).toBe('invalid');
    expect(failure.message).toContain(`the task is not valid: `);
    expect(failure.message).toContain(words);
    expect((await handle.describe()).status.name).toBe('FAILED');
    expect(await viewOf(bench.client, handle.workflowId)).toMatchObject({
      ...{ state: 'failed', attempt: 0, host: null },
      failure: { code: 'invalid', message: failure.message },
    });
  });

  it('fails at once for an unknown skill, with the nearest name [R3]', async () => {
    const handle = await bench.start({ skill: 'tmux-screenshots' });
    const failure = await failedWith(handle);
    expect(failure).toMatchObject({ type: 'invalid' });
    expect(failure.message).toContain('skill: there is no skill "tmux-screenshots"; did you mean tmux-screenshot?');
    expect((await viewOf(bench.client, handle.workflowId)).failure?.code).toBe('invalid');
  });

  it('needs the union of its own tags and those of its skill [R3]', async () => {
    const handle = await bench.start({ skill: 'tmux-screenshot', requires: ['zfs'] });
    const view = await inState(bench.client, handle.workflowId, 'parked');
    expect(view).toMatchObject({ requires: ['screenshot', 'zfs'], route: 'route:screenshot+zfs' });
    await handle.cancel();
    await expect(handle.result()).rejects.toThrow(WorkflowFailedError);
  });

  it('fails at once when its tags and those of its skill are too many together [R3]', async () => {
    const failure = await failedWith(await bench.start({ skill: 'many-tags', requires: ['one-more'] }));
    expect(failure).toMatchObject({ type: 'invalid' });
    expect(failure.message).toContain('requires, with those of the skill "many-tags": at most 32 tags');
  });

  it('takes 32 tags of 64 characters, which are more than a search attribute can hold [R1]', async () => {
    const requires = Array.from({ length: 32 }, (_, i) => `${i}`.padStart(2, '0').padEnd(64, 'x'));
    const handle = await bench.start({ command: ['true'], requires });
    const view = await inState(bench.client, handle.workflowId, 'parked');
    expect(view.requires).toEqual(requires);
    await handle.cancel();
    expect((await cancelledView(bench.client, handle.workflowId)).state).toBe('cancelled');
  });

  it('goes on through signals that cannot be read [T2]', async () => {
    const { tag, queue } = ownRoute();
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await inState(bench.client, handle.workflowId, 'parked');
    for (const body of [undefined, null, 'x', { attempt: 'one' }, { attempt: 0, host: 'h' }]) {
      await handle.signal<[unknown]>(claimed.name, body);
      await handle.signal<[unknown]>('cancelNote', body);
    }
    await handle.signal('no-such-signal', 1);
    await hostEnding(queue, {});
    expect(await handle.result()).toMatchObject({ attempt: 1 });
    const { events } = await handle.fetchHistory();
    expect(events?.filter((event) => event.workflowTaskFailedEventAttributes)).toEqual([]);
  });

  it('fails with a reason when a worker of another kind returns nonsense or refuses [T2]', async () => {
    const [nonsense, refusing] = [ownRoute(), ownRoute()];
    await bench.serve(nonsense.queue, { runAgent: async () => ({ outcome: 'fine', startedAt: 1e300 }) });
    await bench.serve(refusing.queue, {
      runAgent: async () => {
        throw ApplicationFailure.nonRetryable('no such thing here', 'Unknown');
      },
    });
    const first = await bench.start({ command: ['true'], requires: [nonsense.tag] });
    expect(await failedWith(first)).toMatchObject({ type: 'agent-error' });
    const second = await bench.start({ command: ['true'], requires: [refusing.tag] });
    expect((await failedWith(second)).message).toContain('no such thing here');
    for (const { workflowId } of [first, second]) {
      expect((await viewOf(bench.client, workflowId)).state).toBe('failed');
    }
  });
});
