import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ControlActivities } from '../../activities/control-activities.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { sessionIdOf, taskKeyOf } from '../../schemas/names.ts';
import { routeQueue } from '../../schemas/route.ts';
import { routeVerdict } from '../../schemas/verdict.ts';
import { deferred } from '../../workers/deferred.ts';
import { claimed } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { type Bench, openBench, type TimeSkippingBench } from './bench.ts';
import { claim, ended, inState, ownRoute, passTime, resultOf, until, viewOf } from './support.ts';

const DAY_MS = 24 * 3_600_000;

describe.skipIf(noTimeSkipping())('a task that waits', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  it('says in its own record and in the Web UI why it waits [R6]', async () => {
    const handle = await bench.start({ command: ['true'], requires: ['screenshott'] });
    const view = await inState(bench.client, handle.workflowId, 'parked');
    expect(view.history.at(-1)?.reason).toMatch(/No host has|has joined/);
    expect(view.route).toBe('route:screenshott');
    await handle.cancel();
    expect((await ended(bench.client, handle.workflowId)).state).toBe('cancelled');
  });

  it('is taken by exactly one of many hosts that poll its route, each task once [B2]', async () => {
    const { tag, queue } = ownRoute();
    const runs = new Map<string, number>();
    let now = 0;
    let most = 0;
    const hosts = ['debby', 'domedog', 'osa', 'extra'].map((host) =>
      bench.serve(queue, {
        runAgent: async (input: RunAgentInput) => {
          const attempt = await claim(bench.client, input, host);
          runs.set(input.taskId, (runs.get(input.taskId) ?? 0) + 1);
          now += 1;
          most = Math.max(most, now);
          await new Promise((resolve) => setTimeout(resolve, 20));
          now -= 1;
          return resultOf(input, { attempt, host, agent: `command@${host}` });
        },
      }),
    );
    await Promise.all(hosts);
    const handles = await Promise.all(
      Array.from({ length: 24 }, () => bench.start({ command: ['true'], requires: [tag] })),
    );
    const views = await Promise.all(handles.map((handle) => ended(bench.client, handle.workflowId)));
    expect([...runs.values()]).toEqual(Array(24).fill(1));
    expect(most).toBeGreaterThan(1);
    for (const view of views) {
      expect(view).toMatchObject({ state: 'done', attempt: 1, host: view.history.at(-1)?.host });
      expect(view.history.filter((entry) => entry.state === 'claimed')).toHaveLength(1);
    }
  });
});

describe.skipIf(noTimeSkipping())('a task whose host falls silent', () => {
  // Of its own: on this server a task cancelled while it was parked holds the clock for ever.
  let bench: TimeSkippingBench;
  const { promise: released, resolve: release } = deferred<void>();
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(async () => {
    release();
    await bench.close();
  });

  it('goes to another host, counts its attempts on, and ignores the late claim [P2]', async () => {
    const { tag, queue } = ownRoute();
    const inputs: RunAgentInput[] = [];
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        inputs.push(input);
        if (inputs.length === 1) {
          await claim(bench.client, input, 'debby');
          await released;
          return resultOf(input, { summary: 'too late' });
        }
        const attempt = await claim(bench.client, input, 'domedog');
        if (attempt === 2)
          return resultOf(input, { attempt, host: 'domedog', outcome: 'failed', summary: 'exit code 1' });
        return resultOf(input, { attempt, host: 'domedog' });
      },
    });
    const handle = await bench.start({ command: ['long'], requires: [tag], lease: '30s', maxAttempts: 2 });
    const first = await inState(bench.client, handle.workflowId, 'running');
    expect(first).toMatchObject({ host: 'debby', attempt: 1, leaseMs: 30_000 });
    await passTime(bench.env, '35s');
    await until(
      () => viewOf(bench.client, handle.workflowId),
      (view) => view.attempt >= 2,
    );
    // The first host comes back to life and says what it wanted to say long ago.
    const sessionId = sessionIdOf(taskKeyOf(first.workflowId, first.runId), 1);
    const late = { attempt: 1, host: 'debby', agent: 'command@debby', sessionId, at: Date.now() };
    await handle.signal(claimed, late).catch(() => undefined);
    const view = await ended(bench.client, handle.workflowId);
    expect(view).toMatchObject({ state: 'done', host: 'domedog', attempt: 3, result: { summary: 'exit code 0' } });
    const told = view.history.map((entry) => `${entry.state} ${entry.attempt ?? '-'} ${entry.host ?? '-'}`);
    expect(told.filter((line) => line.startsWith('claimed'))).toEqual([
      'claimed 1 debby',
      'claimed 2 domedog',
      'claimed 3 domedog',
    ]);
    expect(view.history.map((entry) => entry.reason)).toContain('debby lost the task in attempt 1');
    // The lost attempt did not count: two failures were allowed, and only one is on record.
    expect(view.history.filter((entry) => entry.reason.includes('of 2 failed'))).toHaveLength(1);
    expect(inputs.map((input) => input.attemptsBefore)).toEqual([0, 0, 2]);
  });
});

describe.skipIf(noTimeSkipping())('a task that waits for long', () => {
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    // Without a fleet, whose hourly review would take its turn 720 times.
    const findRoute: ControlActivities['findRoute'] = async ({ requires }) => ({
      ...routeVerdict({ tags: requires }, []),
      ...{ queue: routeQueue(requires), requires, leaseMs: 30_000 },
    });
    bench = await openBench({ activities: { findRoute } });
  });
  afterAll(() => bench.close());

  it('is parked for 30 days, never failed, and runs by itself when a host comes up [R6]', async () => {
    const { tag, queue } = ownRoute();
    const handle = await bench.start({ command: ['true'], requires: [tag] });
    await inState(bench.client, handle.workflowId, 'parked');
    await passTime(bench.env, '30 days');
    const parked = await viewOf(bench.client, handle.workflowId);
    expect(parked).toMatchObject({ state: 'parked', attempt: 0, failure: null });
    const before = (await handle.fetchHistory()).events?.length;
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => resultOf(input, { attempt: await claim(bench.client, input) }),
    });
    const view = await ended(bench.client, handle.workflowId);
    expect(view).toMatchObject({ state: 'done', attempt: 1 });
    expect(Date.parse(view.claimedAt ?? '') - Date.parse(view.submittedAt)).toBeGreaterThan(30 * DAY_MS - 60_000);
    // Waiting costs no history: what was there on the first day is all there is on the last.
    expect(before).toBeLessThan(12);
  });
});
