import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  DoctorJson,
  ErrorJson,
  HostListJson,
  HostMatrixJson,
  StatusJson,
  TaskListJson,
  TaskShowJson,
  TaskSubmitJson,
  TaskWhyJson,
  WatchLineJson,
} from '../../cli/json-shapes.ts';
import { type Connected, connect } from '../../client/connect.ts';
import { type ControlWorker, startControlWorker } from '../../workers/control.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { colibri, type Ran, type Running, start } from './support.ts';

// The machine may be busy with others.
vi.setConfig({ testTimeout: 180_000 });

let server: TestServer;
let program: WarmProgram;
let connected: Connected;
let control: ControlWorker;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  program = warmProgram();
  server = await testNamespace();
  env = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace };
  connected = await connect({ env });
  control = await startControlWorker({ connected, log: pino({ level: 'silent' }), leaseMs: 5_000 });
}, 60_000);

afterAll(async () => {
  await program?.close();
  await control?.stop();
  await connected?.close();
});

function run(...args: string[]): Promise<Ran> {
  return program.colibri(args, env);
}

async function submit(...options: string[]) {
  const { code, stdout } = await run('task', 'submit', '--json', ...options, '--', 'true');
  expect(code).toBe(0);
  return TaskSubmitJson.parse(JSON.parse(stdout));
}

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await run(...args, '--json');
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

describe('tasks that no host can do', () => {
  it('are submitted, shown parked, and explained with the nearest spelling [R6]', async () => {
    const { id, route, workflowId } = await submit(
      '--requires',
      'screenshott',
      '--id',
      'misspelt',
      '--name',
      'A picture',
    );
    expect({ id, route, workflowId }).toEqual({
      id: 'misspelt',
      route: 'route:screenshott',
      workflowId: 'task/misspelt',
    });
    const shown = TaskShowJson.parse(await json('task', 'show', id));
    expect(shown).toMatchObject({ state: 'parked', name: 'A picture', requires: ['screenshott'], host: null });
    expect(shown.submitter).not.toBe('');
    const why = TaskWhyJson.parse(await json('task', 'why', id));
    expect(why).toMatchObject({ state: 'parked', hosts: [] });
    expect(why.requires).toEqual([{ tag: 'screenshott', hosts: [], nearest: ['screenshot'] }]);

    const text = (await run('task', 'why', id)).stdout;
    expect(text).toContain('screenshott  no host (did you mean screenshot?)');
    expect((await run('task', 'show', id)).stdout).toMatch(/^misspelt {2}parked {2}No host/);
  });

  it('are listed page by page, and by state and tag [B1]', async () => {
    for (const id of ['page-1', 'page-2', 'page-3']) await submit('--requires', 'paged', '--id', id);
    const page = async (...more: string[]) =>
      TaskListJson.parse(
        await json('task', 'list', '--state', 'parked', '--requires', 'paged', '--limit', '2', ...more),
      );
    await expect.poll(async () => (await page()).tasks.length, { timeout: 20_000 }).toBe(2);
    await expect.poll(async () => (await page()).nextCursor, { timeout: 20_000 }).not.toBeNull();
    const first = await page();
    const second = await page('--cursor', String(first.nextCursor));
    expect([...first.tasks, ...second.tasks].map(({ id }) => id).sort()).toEqual(['page-1', 'page-2', 'page-3']);
    expect(second.nextCursor).toBeNull();
    const text = (await run('task', 'list', '--requires', 'paged')).stdout;
    expect(text).toMatch(/^ID +STATE +HOST +AGE +REQUIRES +NAME\npage-\d +parked +- +\d+s +paged +true\n/);
  });

  it('are cancelled, for a reason that is kept, and only once [S3]', async () => {
    const { id } = await submit('--requires', 'nothing-has-this');
    const { code, stdout } = await run('task', 'cancel', id, '--reason', 'changed my mind');
    expect(code).toBe(0);
    expect(stdout).toMatch(new RegExp(`^${id} cancelled: changed my mind \\(by .+\\)\n$`));
    const again = await run('task', 'cancel', id, '--json');
    expect(again.code).toBe(4);
    expect(ErrorJson.parse(JSON.parse(again.stderr)).error).toMatchObject({ code: 'refused' });
    expect(TaskShowJson.parse(await json('task', 'show', id))).toMatchObject({
      state: 'cancelled',
      failure: { code: 'cancelled' },
    });
  });

  it('are watched until they end, with what happens on stdout and exit code 1 for a cancelled one [B1]', async () => {
    const { id } = await submit('--requires', 'nothing-has-this');
    const watch: Running = start(['task', 'watch', id, '--json'], env);
    await watch.said('"parked"');
    await run('task', 'cancel', id);
    const { code, stdout } = await watch.ended;
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => WatchLineJson.parse(JSON.parse(line)));
    expect(code).toBe(1);
    expect(lines.flatMap((line) => ('history' in line ? [line.history.state] : []))).toEqual([
      'queued',
      'parked',
      'cancelled',
    ]);
    expect(lines.at(-1)).toMatchObject({ task: { id, state: 'cancelled' } });
  });

  it('let --wait be left by an interrupt, which ends the waiting and not the task [B1]', async () => {
    const waiting = start(['task', 'submit', '--id', 'left-alone', '--requires', 'x1', '--wait', '--', 'true'], env);
    await waiting.said('parked: No host');
    waiting.kill('SIGINT');
    const { code, stdout, stderr } = await waiting.ended;
    expect({ code, stdout }).toEqual({ code: 130, stdout: '' });
    expect(stderr).toContain('colibri task watch left-alone');
    expect(TaskShowJson.parse(await json('task', 'show', 'left-alone')).state).toBe('parked');
    await run('task', 'cancel', 'left-alone');
  });
});

describe('what is not there, or not right', () => {
  it('exits 3 for an unknown task or host and names the nearest [B5]', async () => {
    await submit('--requires', 'x2', '--id', 'render-the-logo');
    await expect
      .poll(async () => (await run('task', 'show', 'render-the-lgo')).stderr, { timeout: 20_000 })
      .toContain('did you mean render-the-logo?');
    for (const verb of ['show', 'why', 'logs', 'watch', 'cancel']) {
      expect({ verb, code: (await run('task', verb, 'qqqq')).code }).toEqual({ verb, code: 3 });
    }
    expect((await run('host', 'show', 'nobody')).code).toBe(3);
  });

  it('exits 2 for a task that is not valid, and names the field [T2]', async () => {
    const { code, stderr } = await run('task', 'submit', '--timeout', '3x', '--', 'true');
    expect(code).toBe(2);
    expect(stderr).toContain('timeout: "3x" is no duration');
    expect((await run('task', 'submit', '--env', 'COLIBRI_X=1', '--', 'true')).stderr).toContain('env.COLIBRI_X');
  });

  it('exits 4 for an id that was used before [B2]', async () => {
    await submit('--requires', 'x3', '--id', 'twice');
    expect((await run('task', 'submit', '--id', 'twice', '--', 'true')).code).toBe(4);
  });

  it('exits 3 in a namespace that does not exist, and says how to make it [T2]', async () => {
    const { code, stderr } = await colibri(['task', 'list'], { ...env, TEMPORAL_NAMESPACE: 'no-such-namespace' });
    expect({ code, stderr }).toMatchObject({ code: 3, stderr: expect.stringContaining('no-such-namespace') });
  });
});

describe('the fleet', () => {
  it('is empty and says so, before a host has joined [P1]', async () => {
    expect(HostListJson.parse(await json('host', 'list'))).toEqual({ hosts: [] });
    expect(HostMatrixJson.parse(await json('host', 'matrix'))).toEqual({ hosts: [] });
    expect((await run('host', 'list')).stdout).toContain('colibri worker host');
  });

  it('has a status with counts by state and what waits longest [V1]', async () => {
    await submit('--requires', 'x4');
    const read = async () => StatusJson.parse(await json('status'));
    await expect.poll(async () => (await read()).tasks.parked, { timeout: 20_000 }).toBeGreaterThan(0);
    const status = await read();
    expect(status).toMatchObject({ control: { up: true }, longestWaiting: { reason: 'all-offline' } });
    expect(status.server).toMatchObject({ address: server.address, namespace: server.namespace });
  });

  it('is found sound by the doctor as far as the server goes [P4]', async () => {
    const { stdout } = await colibri(['doctor', '--json'], env);
    const { checks } = DoctorJson.parse(JSON.parse(stdout));
    const status = Object.fromEntries(checks.map((check) => [check.name, check.status]));
    expect(status).toMatchObject({
      ...{ node: 'ok', server: 'ok', namespace: 'ok', retention: 'ok' },
      ...{ 'search attributes': 'ok', 'control worker': 'ok', clock: 'ok' },
    });
    for (const check of checks) expect(check.fix === null).toBe(check.status === 'ok' || check.status === 'skipped');
  });
});
