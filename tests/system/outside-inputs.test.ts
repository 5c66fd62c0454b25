import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TaskClaimJson, TaskShowJson } from '../../cli/json-shapes.ts';
import { colibri, type Ran } from '../cli/support.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let server: TestServer;
let fleet: Fleet;
/** As a person would type it, in a folder of their own. */
const run = (...args: string[]): Promise<Ran> =>
  colibri(args, {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: server.namespace,
    COLIBRI_HOME: join(fleet.dir, 'person'),
    COLUMNS: '80',
  });
const at = (...parts: string[]) => join(fleet.dir, ...parts);

beforeAll(async () => {
  server = await testNamespace();
  fleet = await Fleet.start({ server, lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'] });
  expect(await run('agent', 'register', 'ann', '-c', 'review', '--timeout', '10m')).toMatchObject({ code: 0 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

const REPORT = `echo '{"result":{"files":["a b","ü"]}}' > "$COLIBRI_REPORT"; echo built`;

/** A plan whose last task waits for an agent outside; resolves with that task's id. */
async function planned(id: string): Promise<string> {
  await fleet.colibri.plans.submit(
    {
      tasks: {
        build: { command: ['sh', '-c', REPORT], requires: ['linux'] },
        'unit-tests': { command: ['echo', '12 passed'], requires: ['linux'] },
        review: { command: ['true'], requires: ['review'], needs: ['build', 'unit-tests'] },
      },
    },
    { id },
  );
  const task = `${id}.review`;
  await until('it waits', async () => (await fleet.colibri.show(task)).state === 'parked');
  return task;
}

const RESULTS = {
  build: expect.objectContaining({
    state: 'done',
    exitCode: 0,
    tail: ['built'],
    data: { files: ['a b', 'ü'] },
    cut: [],
  }),
  'unit-tests': expect.objectContaining({ state: 'done', tail: ['12 passed'], data: null }),
};
const written = (dir: string) =>
  Object.fromEntries(
    readdirSync(dir).map((file) => [file.replace('.json', ''), JSON.parse(readFileSync(join(dir, file), 'utf8'))]),
  );

it('gives an agent that claims a task of a plan what the tasks before it gave, as files and as JSON [B1] [B5]', async () => {
  const task = await planned('first');
  const claimed = await run('task', 'claim', task, '--agent', 'ann', '--inputs', at('new', 'inputs'), '--json');
  expect(claimed).toMatchObject({ code: 0, stderr: '' });
  expect(TaskClaimJson.parse(JSON.parse(claimed.stdout))).toMatchObject({
    taskId: task,
    agent: 'ann',
    inputs: RESULTS,
  });
  expect(written(at('new', 'inputs'))).toEqual(RESULTS);
  for (const file of readdirSync(at('new', 'inputs'))) {
    expect(statSync(at('new', 'inputs', file)).mode & 0o777).toBe(0o600);
  }

  // Later, and elsewhere: a file that is in the way is replaced, with its mode.
  mkdirSync(at('again'));
  writeFileSync(at('again', 'build.json'), 'old', { mode: 0o644 });
  const shown = await run('task', 'show', task, '--agent', 'ann', '--inputs', at('again'));
  expect(shown.stdout).toContain(`written: ${at('again', 'build.json')}`);
  expect(shown.stdout).toContain('{"files":["a b","ü"]}');
  expect(written(at('again'))).toEqual(RESULTS);
  expect(statSync(at('again', 'build.json')).mode & 0o777).toBe(0o600);
  const json = await run('task', 'show', task, '--agent', 'ann', '--json');
  expect(TaskShowJson.parse(JSON.parse(json.stdout)).inputs).toEqual(RESULTS);
  await run('task', 'transition', task, 'done', '--agent', 'ann', '--reason', 'fine');
  expect((await fleet.colibri.plans.wait('first')).state).toBe('done');
}, 60_000);

it('says where they are to be had when no folder was named, and nothing of them where there are none [B5]', async () => {
  const task = await planned('second');
  const claimed = await run('task', 'next', '--agent', 'ann');
  expect(claimed.stdout).toContain(
    `inputs:   colibri task show ${task} --agent ann --inputs DIR   (results of build, unit-tests)`,
  );
  const shown = await run('task', 'show', task, '--agent', 'ann');
  expect(shown.stdout).toMatch(/TASK +STATE +GAVE\n +build +done +\{"files".*\n +unit-tests +done +12 passed\n/);
  await run('task', 'transition', task, 'done', '--agent', 'ann');

  const { id } = await fleet.colibri.submit({ command: ['true'], requires: ['review'] });
  const alone = await run('task', 'next', '--agent', 'ann', '--wait', '30s', '--json', '--inputs', at('none'));
  expect(JSON.parse(alone.stdout)).toMatchObject({ taskId: id, inputs: {} });
  expect((await run('task', 'show', id)).stdout).not.toMatch(/inputs|needed/);
  await run('task', 'transition', id, 'done', '--agent', 'ann');
}, 60_000);

it('refuses a folder that cannot be one before anything is claimed, and gives them to nobody else [T2] [B3]', async () => {
  const task = await planned('third');
  writeFileSync(at('file'), '');
  for (const bad of [at('file'), at('file', 'below'), '']) {
    for (const command of [['claim', task], ['next'], ['show', task]]) {
      const refused = await run('task', ...command, '--agent', 'ann', '--inputs', bad);
      expect(refused).toMatchObject({ code: 2, stdout: '' });
      expect(refused.stderr).toMatch(/--inputs: /);
    }
  }
  expect((await fleet.colibri.show(task)).state).toBe('parked');
  await run('agent', 'register', 'bob', '-c', 'other');
  const others = await run('task', 'show', task, '--agent', 'bob', '--inputs', at('bobs'));
  expect(others.code).toBe(4);
  expect(existsSync(at('bobs'))).toBe(false);
  await fleet.colibri.plans.cancel('third');
}, 60_000);
