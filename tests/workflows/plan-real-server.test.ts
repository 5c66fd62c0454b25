import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { planWorkflowId, taskWorkflowId } from '../../schemas/names.ts';
import { type Bench, openRealBench, shortHistoryServer } from './bench.ts';
import { FAILS, PlanBench, statesOf } from './plan-support.ts';
import { until, viewOf } from './support.ts';

describe('a plan on a real server', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench.close());

  it('takes a task that is cancelled by itself for one that failed, and one terminated too [B5]', async () => {
    const plan = await PlanBench.open(bench);
    for (const name of ['one', 'two']) plan.ends(name, 'hang');
    await plan.start({ one: [], two: [], after: ['one'], more: ['two'] }, { onFailure: 'continue' });
    const ids = ['one', 'two'].map((name) => taskWorkflowId(`${plan.id}.${name}`));
    for (const name of ['one', 'two']) await plan.taskIs(name, 'running');
    await bench.client.workflow.getHandle(ids[0] ?? '').cancel();
    await bench.client.workflow.getHandle(ids[1] ?? '').terminate();
    const view = await plan.ended();
    expect(statesOf(view)).toEqual({ one: 'cancelled', two: 'cancelled', after: 'skipped', more: 'skipped' });
    expect(view.state).toBe('failed');
    expect(view.tasks.find(({ name }) => name === 'two')?.summary).toBe('its workflow was terminated');
  });
});

describe('a plan whose history grows long', () => {
  let server: Awaited<ReturnType<typeof shortHistoryServer>>;
  let bench: Bench;
  beforeAll(async () => {
    server = await shortHistoryServer();
    bench = await openRealBench({}, server);
  });
  afterAll(async () => {
    await bench?.close();
    await server?.stop();
  });

  async function runsOf(plan: PlanBench): Promise<number> {
    let runs = 1;
    let runId: string | undefined;
    for (;;) {
      const { events } = await bench.client.workflow.getHandle(planWorkflowId(plan.id), runId).fetchHistory();
      runId = events?.[0]?.workflowExecutionStartedEventAttributes?.continuedExecutionRunId || undefined;
      if (runId === undefined) return runs;
      runs += 1;
    }
  }

  it('continues as new while its tasks go on, hears of each end once, and hands over what came before [T3] [B5]', async () => {
    const plan = await PlanBench.open(bench);
    let release = (): void => undefined;
    plan.ends('long', new Promise((resolve) => (release = () => resolve({ tail: ['from the first run'] }))));
    plan.ends('early', { tail: ['early'] });
    plan.ends('bad', FAILS);
    const chain = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`c${i}`, i === 0 ? [] : [`c${i - 1}`]]));
    const needs = { early: [], long: [], bad: [], ...chain, last: ['early', 'long', 'c11'], no: ['bad'] };
    await plan.start(needs, { onFailure: 'continue' });
    await plan.is(({ counts }) => counts.done === 13, 60_000);
    expect(await runsOf(plan)).toBeGreaterThan(2);
    release();
    const view = await plan.ended(60_000);
    const done = ['early', 'long', ...Object.keys(chain), 'last'];
    expect(statesOf(view)).toEqual({
      ...Object.fromEntries(done.map((name) => [name, 'done'])),
      bad: 'failed',
      no: 'skipped',
    });
    expect(plan.started.toSorted()).toEqual([...done, 'bad'].sort());
    expect(plan.inputs.get('last')?.inputs).toMatchObject({
      ...{ early: { tail: ['early'] }, long: { tail: ['from the first run'] }, c11: { state: 'done' } },
    });
  });

  it('ends the tasks of its earlier runs as well when it is cancelled [S3] [T3]', async () => {
    const plan = await PlanBench.open(bench);
    plan.ends('hangs', 'hang');
    const chain = Object.fromEntries(Array.from({ length: 8 }, (_, i) => [`c${i}`, i === 0 ? [] : [`c${i - 1}`]]));
    plan.ends('c7', 'hang');
    await plan.start({ hangs: [], ...chain });
    await plan.taskIs('c7', 'running');
    expect(await runsOf(plan)).toBeGreaterThan(1);
    await bench.client.workflow.getHandle(planWorkflowId(plan.id)).cancel();
    const view = await plan.ended(60_000);
    expect(view).toMatchObject({ state: 'cancelled', counts: { done: 7, cancelled: 2 } });
    for (const name of ['hangs', 'c7']) {
      expect(await viewOf(bench.client, taskWorkflowId(`${plan.id}.${name}`))).toMatchObject({ state: 'cancelled' });
    }
    expect(plan.ran).toEqual(expect.arrayContaining(['hangs cancelled', 'c7 cancelled']));
    await until(
      () => bench.client.workflow.getHandle(planWorkflowId(plan.id)).describe(),
      ({ status }) => status.name === 'CANCELLED',
    );
  });

  it('of 500 tasks, 50 side by side, comes to its end over many runs [T3] [B5]', async () => {
    const plan = await PlanBench.open(bench);
    const layer = (n: number) => Array.from({ length: 50 }, (_, i) => `l${n}-${i}`);
    const needs: Record<string, string[]> = {};
    for (let n = 0; n < 10; n += 1) {
      for (const [i, name] of layer(n).entries()) {
        needs[name] = n === 0 ? [] : [`l${n - 1}-${i}`, `l${n - 1}-${(i + 1) % 50}`];
      }
    }
    await plan.start(needs);
    const view = await plan.ended(300_000);
    expect(view).toMatchObject({ state: 'done', counts: { done: 500 } });
    expect(plan.started).toHaveLength(500);
    expect(new Set(plan.started).size).toBe(500);
    expect(await runsOf(plan)).toBeGreaterThan(10);
    for (const [name, before] of Object.entries(needs)) {
      for (const need of before) expect(plan.ran.indexOf(need)).toBeLessThan(plan.ran.indexOf(name));
    }
  }, 330_000);
});
