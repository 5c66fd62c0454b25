import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { PlanNow } from '../../client/index.ts';
import type { PlanSpecInput } from '../../schemas/plan.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

const AGENT = fileURLToPath(new URL('../fixtures/system/agent.mjs', import.meta.url));
let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 4 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

const sh = (script: string) => ['sh', '-c', script];

/** An agent that keeps the journal. */
const agent = (...act: (string | number)[]) => ({
  command: [process.execPath, AGENT, ...act.map(String)],
  env: { JOURNAL: fleet.journal.path },
});

async function submit(tasks: PlanSpecInput['tasks'], more: Partial<PlanSpecInput> = {}): Promise<string> {
  return (await fleet.colibri.plans.submit({ ...more, tasks })).id;
}

async function ended(id: string): Promise<PlanNow> {
  return until(
    `plan ${id} ends`,
    async () => {
      const plan = await fleet.colibri.plans.show(id);
      return plan.state !== 'running' && plan;
    },
    { withinMs: 120_000, everyMs: 250 },
  );
}

async function outputOf(task: string): Promise<string[]> {
  let text = '';
  for await (const { event } of fleet.colibri.logs(task)) if (event.type === 'output') text += event.text;
  return text.trimEnd().split('\n');
}

const states = (plan: PlanNow) => Object.fromEntries(plan.tasks.map(({ name, state }) => [name, state]));

test('a task of a plan finds what it needed in files of its own and in variables [B5] [T1]', async () => {
  const id = await submit({
    'get-version': { command: sh('echo asking; echo v1.2.3') },
    silent: { command: ['true'] },
    build: {
      command: sh(
        'env | grep ^COLIBRI_NEED_ | sort; cd "$COLIBRI_NEEDS_DIR"; ls; stat -c %a . get-version.json; cat get-version.json',
      ),
      needs: ['get-version', 'silent'],
    },
    alone: { command: sh('env | grep -c COLIBRI_NEED || true') },
  });
  const plan = await ended(id);
  expect(states(plan)).toEqual({ 'get-version': 'done', silent: 'done', build: 'done', alone: 'done' });
  const [version, silent, ...lines] = await outputOf(`${id}.build`);
  expect(version).toBe('COLIBRI_NEED_GET_VERSION=v1.2.3');
  expect(silent).toBe('COLIBRI_NEED_SILENT=');
  expect(lines.slice(0, 4)).toEqual(['get-version.json', 'silent.json', '700', '600']);
  expect(JSON.parse(lines[4] ?? '')).toMatchObject({ state: 'done', exitCode: 0, tail: ['asking', 'v1.2.3'], cut: [] });
  expect(await outputOf(`${id}.alone`)).toEqual(['0']);
});

test('a plan shows its tasks as the board has them: running where, parked, waiting [B5] [R6]', async () => {
  const id = await submit({
    first: { ...agent('work', 600_000) },
    gpu: { command: ['true'], requires: ['gpu'] },
    after: { command: ['true'], needs: ['first'] },
  });
  const plan = await until('its tasks have come so far', async () => {
    const seen = await fleet.colibri.plans.show(id);
    return seen.tasks[0]?.boardState === 'running' && seen.tasks[1]?.boardState === 'parked' && seen;
  });
  expect(plan.tasks[0]).toMatchObject({ state: 'started', host: 'debby', taskId: `${id}.first` });
  expect(plan.tasks[2]).toMatchObject({ state: 'waiting', boardState: null, taskId: null });
  expect((await fleet.colibri.why(`${id}.gpu`)).reason).toBe('no-host-has-tag');
  const { tasks } = await fleet.colibri.list({ plan: id });
  expect(tasks.map((task) => task.id).toSorted()).toEqual([`${id}.first`, `${id}.gpu`]);
  expect(await fleet.colibri.plans.list()).toContainEqual(
    expect.objectContaining({ id, state: 'running', total: 3, done: 0 }),
  );

  // Cancelled as a whole: no agent is left when it says so.
  await fleet.started(`${id}.first`);
  await fleet.colibri.plans.cancel(id, { reason: 'enough', by: 'ada' });
  const cancelled = await fleet.colibri.plans.wait(id);
  expect(states(cancelled)).toEqual({ first: 'cancelled', gpu: 'cancelled', after: 'skipped' });
  expect(fleet.journal.signs(`${id}.first`).map(({ kind }) => kind)).toContain('stop');
  const [{ pid } = { pid: 0 }] = fleet.journal.signs(`${id}.first`);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  await expect(fleet.colibri.plans.cancel(id)).rejects.toMatchObject({ code: 'refused' });
  await expect(fleet.colibri.plans.show(`${id}x`)).rejects.toMatchObject({
    code: 'not-found',
    hint: `did you mean ${id}?`,
  });
}, 120_000);

test('a plan that failed is tried again: what is done stays done, the rest gets new tasks [B5]', async () => {
  const marker = `${fleet.dir}/fixed`;
  const id = await submit({
    ok: { command: sh('echo once') },
    flaky: { command: sh(`test -e ${marker}`), needs: ['ok'] },
    last: { command: sh('echo "$COLIBRI_NEED_OK"'), needs: ['flaky', 'ok'] },
  });
  const failed = await ended(id);
  expect(states(failed)).toEqual({ ok: 'done', flaky: 'failed', last: 'skipped' });
  expect(failed).toMatchObject({ state: 'failed', round: 1 });
  writeFileSync(marker, '');
  await fleet.colibri.plans.retry(id);
  const done = await ended(id);
  expect(done).toMatchObject({ state: 'done', round: 2 });
  expect(done.tasks.map(({ taskId }) => taskId)).toEqual([`${id}.ok`, `${id}.flaky.2`, `${id}.last.2`]);
  expect(await outputOf(`${id}.last.2`)).toEqual(['once']);
  await expect(fleet.colibri.plans.retry(id)).rejects.toMatchObject({ code: 'refused' });
}, 120_000);

test('a plan goes on when the control worker is killed in the midst of it: each task runs once [T3]', async () => {
  const layer = (n: number) => Array.from({ length: 4 }, (_, i) => `l${n}-${i}`);
  const tasks: PlanSpecInput['tasks'] = {};
  for (let n = 0; n < 4; n += 1) {
    for (const name of layer(n)) tasks[name] = { ...agent('work', 400), needs: n === 0 ? [] : layer(n - 1) };
  }
  const id = await submit(tasks);
  await until('the second layer runs', () => fleet.journal.signs(`${id}.l1-0`).length > 0, { withinMs: 60_000 });
  fleet.control.signal('SIGKILL');
  await fleet.control.exited;
  fleet.control = await fleet.startControl();
  const plan = await ended(id);
  expect(plan).toMatchObject({ state: 'done', counts: { done: 16 } });
  for (const name of Object.keys(tasks)) {
    expect(fleet.journal.signs(`${id}.${name}`).filter(({ kind }) => kind === 'start')).toHaveLength(1);
  }
  // None began before all that it needs had ended.
  for (let n = 1; n < 4; n += 1) {
    const ends = layer(n - 1).map((name) => fleet.journal.lifetimes(`${id}.${name}`)[0]?.to ?? Number.NaN);
    for (const name of layer(n)) {
      expect(fleet.journal.lifetimes(`${id}.${name}`)[0]?.from).toBeGreaterThanOrEqual(Math.max(...ends));
    }
  }
}, 180_000);
