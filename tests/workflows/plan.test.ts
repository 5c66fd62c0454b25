import type { WorkflowFailedError } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { taskWorkflowId } from '../../schemas/names.ts';
import { cancelNote } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { openBench, type TimeSkippingBench } from './bench.ts';
import { FAILS, PlanBench, statesOf, taskIs } from './plan-support.ts';
import { failedWith, viewOf } from './support.ts';

describe.skipIf(noTimeSkipping())('a plan', () => {
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    bench = await openBench();
  });
  afterAll(() => bench.close());

  it('starts each task when all that it needs is done, and those that need nothing at once [B5]', async () => {
    const plan = await PlanBench.open(bench);
    let release = (): void => undefined;
    plan.ends('b', new Promise((resolve) => (release = () => resolve({}))));
    const handle = await plan.start({ d: ['b', 'c'], b: ['a'], c: ['a'], a: [], lone: [] });
    await plan.is((view) => view.counts.done === 3 && view.counts.started === 1);
    expect(plan.started.toSorted()).toEqual(['a', 'b', 'c', 'lone']);
    const view = await plan.view();
    expect(statesOf(view)).toEqual({ a: 'done', b: 'started', c: 'done', d: 'waiting', lone: 'done' });
    expect(view.tasks.find(({ name }) => name === 'd')).toMatchObject({ taskId: null, summary: 'waits for b' });
    release();
    await plan.ended();
    expect(await handle.result()).toEqual({ counts: expect.objectContaining({ done: 5, waiting: 0, started: 0 }) });
    expect(plan.ran.indexOf('a')).toBeLessThan(Math.min(plan.ran.indexOf('b'), plan.ran.indexOf('c')));
    expect(plan.ran.at(-1)).toBe('d');
    expect(await plan.view()).toMatchObject({ state: 'done', summary: 'all 5 tasks are done', id: plan.id });
  });

  it('runs its tasks as tasks like others, with ids of their own, to be shown and told [B5]', async () => {
    const plan = await PlanBench.open(bench);
    await plan.start({ build: [] }, { project: 'p', submitter: 'ada', defaults: { priority: 1 } });
    await plan.ended();
    const task = await viewOf(bench.client, taskWorkflowId(`${plan.id}.build`));
    expect(task).toMatchObject({ id: `${plan.id}.build`, state: 'done', project: 'p', submitter: 'ada', priority: 1 });
    const { typedSearchAttributes, memo } = await bench.client.workflow.getHandle(task.workflowId).describe();
    const attributes = Object.fromEntries(typedSearchAttributes.getAll().map(({ key, value }) => [key.name, value]));
    expect(attributes).toMatchObject({ ColibriPlan: plan.id, ColibriProject: 'p', ColibriState: 'done' });
    expect(memo).toEqual({ name: 'x' });
  });

  it('hands what a task came to over to those that need it [B5]', async () => {
    const plan = await PlanBench.open(bench);
    plan.ends('a', { tail: ['1.2.3'], summary: 'exit code 0', data: { version: '1.2.3' } });
    plan.ends('b', { tail: ['x'] });
    await plan.start({ a: [], b: ['a'], c: ['a', 'b'] });
    await plan.ended();
    expect(plan.inputs.get('a')?.inputs).toEqual({});
    const reported = { version: '1.2.3' };
    const ofA = { state: 'done', exitCode: 0, summary: 'exit code 0', tail: ['1.2.3'], data: reported, cut: [] };
    expect(plan.inputs.get('b')?.inputs).toEqual({ a: ofA });
    const ofB = { state: 'done', exitCode: 0, summary: 'exit code 0', tail: ['x'], data: null, cut: [] };
    expect(plan.inputs.get('c')?.inputs).toEqual({ a: ofA, b: ofB });
  });

  it('stops when a task fails: nothing new is started, what runs is left to end [B5]', async () => {
    const plan = await PlanBench.open(bench);
    let release = (): void => undefined;
    plan.ends('bad', FAILS);
    plan.ends('long', new Promise((resolve) => (release = () => resolve({}))));
    const handle = await plan.start({ bad: [], long: [], next: ['long'], after: ['bad'], last: ['after'] });
    const stopped = await plan.is((view) => view.counts.failed === 1);
    expect(statesOf(stopped)).toEqual({
      ...{ bad: 'failed', long: 'started', next: 'skipped', after: 'skipped', last: 'skipped' },
    });
    release();
    const view = await plan.ended();
    expect(statesOf(view)).toMatchObject({ long: 'done', next: 'skipped' });
    expect(view).toMatchObject({ state: 'failed' });
    expect(view.summary).toBe('1 of 5 tasks done, 1 failed, 3 skipped; stopped, because bad failed');
    expect(await failedWith(handle)).toMatchObject({ type: 'plan-failed', message: view.summary });
    expect(view.tasks.find(({ name }) => name === 'bad')?.summary).toBe('agent-error: exit code 3');
    expect(plan.started.toSorted()).toEqual(['bad', 'long']);
  });

  it('cancels what runs when a task fails, if it is told to [B5]', async () => {
    const plan = await PlanBench.open(bench);
    plan.ends('bad', FAILS);
    plan.ends('long', 'hang');
    await plan.start({ bad: ['first'], first: [], long: [] }, { cancelRunning: true });
    const view = await plan.ended();
    expect(statesOf(view)).toEqual({ bad: 'failed', first: 'done', long: 'cancelled' });
    const long = await viewOf(bench.client, taskWorkflowId(`${plan.id}.long`));
    expect(long).toMatchObject({ state: 'cancelled', failure: { message: 'bad failed (by its plan)' } });
    expect(plan.ran).toContain('long cancelled');
  });

  it('goes on when told to: only what needs the failed one, over others too, is skipped [B5]', async () => {
    const plan = await PlanBench.open(bench);
    plan.ends('bad', FAILS);
    await plan.start(
      { bad: [], after: ['bad', 'ok'], last: ['after'], ok: [], next: ['ok'] },
      { onFailure: 'continue' },
    );
    const view = await plan.ended();
    expect(statesOf(view)).toEqual({ bad: 'failed', after: 'skipped', last: 'skipped', ok: 'done', next: 'done' });
    const said = Object.fromEntries(view.tasks.map(({ name, summary }) => [name, summary]));
    expect(said).toMatchObject({ after: 'needs bad, which failed', last: 'needs after, which was skipped' });
    expect(view).toMatchObject({ state: 'failed', summary: '2 of 5 tasks done, 1 failed, 2 skipped' });
  });

  it('that is cancelled ends its tasks first, tells them why, and starts no other [B5] [S3]', async () => {
    const plan = await PlanBench.open(bench);
    plan.ends('one', 'hang');
    plan.ends('two', 'hang');
    const handle = await plan.start({ one: [], two: [], three: ['one'] });
    for (const name of ['one', 'two']) await plan.taskIs(name, 'running');
    await handle.signal(cancelNote, { reason: 'no longer needed', by: 'ada' });
    await handle.cancel();
    const error = await handle.result().catch((thrown: unknown) => thrown);
    expect((error as WorkflowFailedError).cause).toBeInstanceOf(CancelledFailure);
    // Both had been ended by then.
    expect(plan.ran.toSorted()).toEqual(['one cancelled', 'two cancelled']);
    const view = await plan.view();
    expect(statesOf(view)).toEqual({ one: 'cancelled', two: 'cancelled', three: 'skipped' });
    expect(view.state).toBe('cancelled');
    const one = await viewOf(bench.client, taskWorkflowId(`${plan.id}.one`));
    expect(one.failure?.message).toBe('its plan was cancelled: no longer needed (by ada)');
  });

  it('fails at once, naming the field, when it is not valid: anyone may start one [T2]', async () => {
    const plan = await PlanBench.open(bench);
    const failure = await failedWith(await plan.startRaw({ tasks: { a: { command: ['x'], needs: ['build'] } } }));
    expect(failure).toBeInstanceOf(ApplicationFailure);
    expect(failure).toMatchObject({
      type: 'invalid',
      message: 'the plan is not valid: tasks.a.needs[0]: there is no task "build" in this plan',
    });
  });

  it('says so when the id of a task was used before, and fails that task [T3]', async () => {
    const plan = await PlanBench.open(bench);
    const taken = taskWorkflowId(`${plan.id}.a`);
    await bench.start({ command: ['x'], requires: ['nobody-has-this'] }, taken);
    await plan.start({ a: [] });
    const view = await plan.ended();
    expect(view.tasks[0]).toMatchObject({
      state: 'failed',
      summary: `it could not be started: there was a workflow "${taken}" before`,
    });
    await bench.client.workflow.getHandle(taken).terminate();
  });

  it('started under an id of its own gives its tasks ids that are never used twice [T3]', async () => {
    const plan = await PlanBench.open(bench);
    const raw = { defaults: { command: ['x'], requires: ['nobody-has-this'] }, tasks: { a: {} } };
    const handle = await plan.startRaw(raw, `raw-${plan.id}`);
    const task = taskWorkflowId(`raw-${plan.id}~${handle.firstExecutionRunId.slice(0, 8)}.a`);
    await taskIs(bench.client, task, 'parked');
    await handle.cancel();
    await handle.result().catch(() => undefined);
    expect((await viewOf(bench.client, task)).state).toBe('cancelled');
  });
});
