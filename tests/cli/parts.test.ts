import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DoctorJson, TaskSubmitJson, UpJson } from '../../cli/json-shapes.ts';
import { freePort } from '../../server/ports.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { colibri, type Running, start } from './support.ts';

let home: string;
let env: NodeJS.ProcessEnv;
let port: number;
let running: Running[];
let program: WarmProgram;

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'parts-'));
  port = await freePort('127.0.0.1');
  env = { COLIBRI_HOME: home, COLIBRI_UI_PORT: '0', TEMPORAL_ADDRESS: `127.0.0.1:${port}` };
  running = [];
});

beforeAll(() => {
  program = warmProgram();
});

afterAll(() => program?.close());

afterEach(async () => {
  for (const part of running.reverse()) part.kill('SIGTERM');
  await Promise.all(running.map((part) => part.ended));
  rmSync(home, { recursive: true });
}, 120_000);

function startPart(...args: string[]): Running {
  const part = start(args, env);
  running.push(part);
  return part;
}

describe('the long-running parts', () => {
  it('start in any order: a worker waits for the server and says so once [T3]', async () => {
    const control = startPart('worker', 'control');
    await control.said('waiting for it');
    const server = startPart('server', '--port', String(port), '--json');
    await server.said('"address"');
    await control.said('The control worker is up');
    control.kill('SIGTERM');
    const ended = await control.ended;
    expect(ended.code).toBe(0);
    expect(ended.stderr.match(/waiting for it/g)).toHaveLength(1);
    const lines = ended.stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.at(-1)).toMatchObject({ level: 'info', part: 'control', msg: 'stopped' });
    server.kill('SIGINT');
    const { code, stdout } = await server.ended;
    expect(code).toBe(0);
    expect(UpJson.parse(JSON.parse(stdout))).toMatchObject({ part: 'server', db: join(home, 'server.db') });
  }, 180_000);

  it('stop at once while they still wait for the server [T3]', async () => {
    const control = startPart('worker', 'control');
    await control.said('waiting for it');
    control.kill('SIGTERM');
    expect((await control.ended).code).toBe(0);
  }, 120_000);

  it('refuse a port that is taken with exit code 4, naming it [T2]', async () => {
    const server = startPart('server', '--port', String(port));
    await server.said('The server answers');
    const second = await colibri(['server', '--port', String(port), '--db', join(home, 'other.db')], env);
    expect({ code: second.code, stderr: second.stderr }).toEqual({
      code: 4,
      stderr: expect.stringContaining(`port ${port}`),
    });
  }, 120_000);

  it('run all together in one process, do a task, and leave nothing when they are stopped [T4]', async () => {
    const dev = startPart('dev', '--port', String(port), '--name', 'alone', '--capabilities', 'linux,special');
    await dev.said('Colibri is up.');
    const done = await colibri(
      ['task', 'submit', '--requires', 'special', '--wait', '--shell', '--', 'echo out; echo err >&2; exit 3'],
      env,
    );
    expect(done).toMatchObject({ code: 1, stdout: 'out\n' });
    expect(done.stderr).toMatch(/^err$/m);
    const say = (...args: string[]) => program.colibri(args, env);
    const lines = (await say('task', 'submit', '--wait', '--json', '--', 'echo', 'hello')).stdout;
    const { id } = TaskSubmitJson.parse(JSON.parse(lines.split('\n')[0] ?? '').submitted);
    expect(await say('task', 'logs', id)).toMatchObject({ code: 0, stdout: 'hello\n' });
    expect((await say('host', 'show', 'alone')).stdout).toMatch(/^capabilities +linux, special$/m);
    const twice = await colibri(['worker', 'host', '--name', 'alone'], env);
    expect(twice).toMatchObject({ code: 4, stderr: expect.stringContaining('another worker') });
    const { checks } = DoctorJson.parse(JSON.parse((await say('doctor', '--json')).stdout));
    expect(checks.find(({ name }) => name === 'state folder')).toMatchObject({ status: 'ok' });

    dev.kill('SIGINT');
    expect((await dev.ended).code).toBe(0);
    expect((await say('status')).code).toBe(5);
  }, 240_000);

  it('drain and resume a host, and explain what waits for it meanwhile [P4]', async () => {
    const dev = startPart('dev', '--port', String(port), '--name', 'alone', '--capabilities', 'linux');
    await dev.said('Colibri is up.');
    const say = (...args: string[]) => program.colibri(args, env);
    expect((await say('host', 'drain', 'alone')).stdout).toMatch(
      /^alone is draining since \d\d:\d\d:\d\d, by \S+; it runs nothing\n$/,
    );
    await say('task', 'submit', '--id', 'waits', '--', 'true');
    await expect
      .poll(async () => JSON.parse((await say('task', 'why', 'waits', '--json')).stdout).reason, {
        timeout: 20_000,
      })
      .toBe('all-draining');
    expect((await say('host', 'resume', 'alone')).stdout).toBe('alone is online and takes tasks\n');
    expect((await say('task', 'watch', 'waits')).code).toBe(0);
  }, 240_000);
});
