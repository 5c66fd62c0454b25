import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { TaskListJson } from '../../cli/json-shapes.ts';
import { colibri, type Ran } from '../cli/support.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let server: TestServer;
let fleet: Fleet;
const run = (...args: string[]): Promise<Ran> =>
  colibri(args, {
    TEMPORAL_ADDRESS: server.address,
    TEMPORAL_NAMESPACE: server.namespace,
    COLIBRI_HOME: join(fleet.dir, 'person'),
  });
const listed = async (...args: string[]) =>
  TaskListJson.parse(JSON.parse((await run('task', 'list', '--json', ...args)).stdout)).tasks;

beforeAll(async () => {
  server = await testNamespace();
  fleet = await Fleet.start({ server, lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'] });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

it('lists a task that was tried anew once, as its last run has it [B1]', async () => {
  const going = join(fleet.dir, 'go');
  const command = ['sh', '-c', 'test -e "$0"', going];
  await fleet.colibri.submit({ command, project: 'anew' }, { id: 'anew' });
  await fleet.colibri.submit({ command: ['false'], project: 'anew' }, { id: 'failed' });
  await Promise.all(['anew', 'failed'].map((id) => fleet.ended(id)));
  const ids = async (...args: string[]) => (await listed('--project', 'anew', ...args)).map(({ id }) => id).sort();
  await until('both are listed', async () => (await ids()).length === 2);

  await run('task', 'retry', 'anew');
  expect((await fleet.ended('anew')).state).toBe('failed');
  await until('it is listed as it is now', async () => (await listed('--project', 'anew'))[0]?.id === 'anew');
  expect(await ids()).toEqual(['anew', 'failed']);
  expect(await ids('--state', 'failed')).toEqual(['anew', 'failed']);

  writeFileSync(going, '');
  await run('task', 'retry', 'anew');
  expect((await fleet.ended('anew')).state).toBe('done');
  await until('it is listed as done', async () => (await ids('--state', 'done')).length === 1);
  expect(await ids('--state', 'failed')).toEqual(['failed']);
  expect(await ids()).toEqual(['anew', 'failed']);

  const logs = await run('task', 'logs', 'anew', '--attempt', '9');
  expect(logs).toMatchObject({ code: 3, stdout: '' });
  expect(logs.stderr).toContain('the task "anew" has no attempt 9: it had 3 so far');
}, 120_000);

it('lists of a task that requires nothing no tag at all, and of one without arguments its plain name [B1]', async () => {
  const { id } = await fleet.colibri.submit({ command: ['true'], host: 'nowhere', project: 'bare' });
  const skill = await fleet.colibri.submit({ skill: 'echo', host: 'nowhere', project: 'bare' });
  await until('both are listed', async () => (await listed('--project', 'bare')).length === 2);
  await until('their routes are known', async () => (await listed('--project', 'bare')).every(({ route }) => route));
  const tasks = await listed('--project', 'bare');
  expect(tasks.find((task) => task.id === id)?.requires).toEqual([]);
  expect(tasks.find((task) => task.id === skill.id)?.name).toBe('echo');
  for (const task of [id, skill.id]) await fleet.colibri.cancel(task);
}, 60_000);

it('warns of a tag and of a host that may be misspelt, and submits the task all the same [R6] [T2]', async () => {
  const odd = await run('task', 'submit', '--id', 'odd', '--requires', 'linxu,cobol', '--host', 'deby', '--', 'true');
  expect(odd.code).toBe(0);
  expect(odd.stderr).toBe(
    'warning: no host has "linxu"; did you mean "linux"?\nwarning: there is no host "deby"; did you mean debby?\n',
  );
  expect((await fleet.colibri.show('odd')).requires.sort()).toEqual(['cobol', 'linxu']);
  await fleet.colibri.cancel('odd');
  const right = await run('task', 'submit', '--requires', 'linux', '--host', 'debby', '--', 'true');
  expect(right).toMatchObject({ code: 0, stderr: '' });
  const json = await run('task', 'submit', '--id', 'json', '--requires', 'linxu', '--json', '--', 'true');
  expect(json).toMatchObject({ code: 0, stderr: '' });
  await fleet.colibri.cancel('json');
}, 60_000);

it('knows no task and no plan without a name, and says of a drain that waits for nothing only once [T2] [P4]', async () => {
  for (const noun of ['task', 'plan']) {
    const { code, stderr } = await run(noun, 'show', '');
    expect(code).toBe(3);
    expect(stderr).toContain(`there is no ${noun} ""`);
  }
  const drained = await run('host', 'drain', 'debby', '--wait');
  expect(drained.stdout).toMatch(/^debby is draining since .*; it runs nothing\n$/);
  const { id } = await fleet.colibri.submit({ command: ['true'] });
  await until('it waits', async () => (await fleet.colibri.show(id)).state === 'parked');
  expect((await run('task', 'why', id)).stdout.replaceAll('\n', ' ')).toContain('`colibri host resume debby`');
  await run('host', 'resume', 'debby');
  expect((await fleet.ended(id)).state).toBe('done');
}, 60_000);
