import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  AgentHeartbeatJson,
  AgentJson,
  AgentListJson,
  AgentRegisterJson,
  AgentTokenJson,
  AgentUnregisterJson,
  ErrorJson,
  TaskListJson,
} from '../../cli/json-shapes.ts';
import { type Connected, connect } from '../../client/connect.ts';
import { ERRORS } from '../../client/errors.ts';
import { type ControlWorker, startControlWorker } from '../../workers/control.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { type Ran, start } from './support.ts';

// The machine may be busy with others.
vi.setConfig({ testTimeout: 180_000 });

let home: string;
let program: WarmProgram;
let connected: Connected;
let control: ControlWorker;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), 'colibri-agents-'));
  program = warmProgram();
  const server = await testNamespace();
  env = { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace, COLIBRI_HOME: home };
  connected = await connect({ env });
  control = await startControlWorker({ connected, log: pino({ level: 'silent' }), leaseMs: 5_000 });
}, 60_000);

afterAll(async () => {
  await program?.close();
  await control?.stop();
  await connected?.close();
  rmSync(home, { recursive: true, force: true });
});

function run(args: string[], more: NodeJS.ProcessEnv = {}): Promise<Ran> {
  return program.colibri(args, { ...env, ...more });
}

async function json(args: string[], more: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const { code, stdout, stderr } = await run([...args, '--json'], more);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

async function refusal(args: string[], more: NodeJS.ProcessEnv = {}) {
  const { code, stdout, stderr } = await run([...args, '--json'], more);
  expect({ args, stdout }).toEqual({ args, stdout: '' });
  const { error } = ErrorJson.parse(JSON.parse(stderr));
  expect(code).toBe(ERRORS[error.code].exitCode);
  return error;
}

describe('agent', () => {
  it('register tells the token once, keeps it for its owner alone, and needs none to say more [P1] [T1]', async () => {
    const { stdout, code } = await run(['agent', 'register', 'Ann', '-c', 'rust,go', '--runtime', 'claude']);
    expect(code).toBe(0);
    expect(stdout).toContain('ann is registered. It can do: go, rust.');
    const file = join(home, 'agents', 'ann.token');
    const token = readFileSync(file, 'utf8').trim();
    expect(stdout).toContain(`token  ${token}\n`);
    expect([statSync(file).mode & 0o777, statSync(join(home, 'agents')).mode & 0o777]).toEqual([0o600, 0o700]);
    const again = AgentRegisterJson.parse(await json(['agent', 'register', 'ann', '-c', 'zfs']));
    expect(again).toMatchObject({ token: null, tokenFile: null, agent: { capabilities: ['zfs'], status: 'idle' } });
    expect(AgentJson.parse(await json(['agent', 'show', 'ann']))).toMatchObject({ capabilities: ['zfs'] });
  });

  it('register keeps no token when told so, and refuses who has none [P1] [B3]', async () => {
    const { token, tokenFile } = AgentRegisterJson.parse(await json(['agent', 'register', 'loose', '--no-save']));
    expect({ tokenFile, files: readdirSync(join(home, 'agents')) }).toEqual({ tokenFile: null, files: ['ann.token'] });
    expect(await refusal(['agent', 'register', 'loose'])).toMatchObject({ code: 'refused' });
    const self = { COLIBRI_AGENT: 'loose', COLIBRI_AGENT_TOKEN: String(token) };
    await json(['agent', 'register', 'loose'], self);
    expect((await run(['agent', 'heartbeat', 'loose'], self)).code).toBe(0);
  });

  it.each([
    [['agent', 'register', 'a b'], 'invalid', 'agent: an agent name has'],
    [['agent', 'register', 'x', '-c', 'no way'], 'invalid', '"no way"'],
    [['agent', 'register', 'x', '--timeout', '1s'], 'invalid', 'timeout: must be between'],
    [['agent', 'register', 'x', '--host', 'nowhere'], 'not-found', 'no host "nowhere"'],
    [['agent', 'status', 'ann', 'asleep'], 'invalid', 'give one of idle, busy, away'],
    [['agent', 'heartbeat', 'nobody'], 'not-found', 'no agent "nobody"'],
    [['agent', 'heartbeat', 'ann', '--every', '1h'], 'invalid', 'shorter than'],
    [['agent', 'token', 'ann'], 'invalid', 'told once'],
    [['agent', 'unregister', 'nobody'], 'not-found', 'no agent "nobody"'],
  ])('%j is %s and says %j [T2]', async (args, code, message) => {
    const { stderr } = await run([...args, '--json']);
    expect(ErrorJson.parse(JSON.parse(stderr)).error).toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });

  it('list shows them all in eighty columns [P1]', async () => {
    const listed = async () => AgentListJson.parse(await json(['agent', 'list'])).agents.map(({ name }) => name);
    await expect.poll(listed, { timeout: 20_000 }).toEqual(['ann', 'loose']);
    const { stdout } = await run(['agent', 'list']);
    expect(stdout).toMatch(/^AGENT +STATUS +TASKS +SEEN +HOST +RUNTIME +CAN DO\nann +idle +0 .* zfs\n/);
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
  });

  it('status is told, and heartbeat answers how it stands [P1]', async () => {
    expect((await run(['agent', 'status', 'ann', 'away'])).stdout).toBe('ann is away: it says so\n');
    const beat = AgentHeartbeatJson.parse(await json(['agent', 'heartbeat', 'ann']));
    expect(beat).toMatchObject({ name: 'ann', status: 'away', returned: false, timeoutMs: 300_000, claims: [] });
    await json(['agent', 'status', 'ann', 'idle']);
  });

  it('heartbeat --watch goes on until it is interrupted, or its process ends [P1]', async () => {
    await json(['agent', 'register', 'ann', '--timeout', '6s']);
    const watch = start(['agent', 'heartbeat', 'ann', '--every', '500ms', '--json'], env);
    await watch.said('"returned":false');
    await new Promise((resolve) => setTimeout(resolve, 8_000));
    expect(AgentJson.parse(await json(['agent', 'show', 'ann'])).status).toBe('idle');
    watch.kill('SIGINT');
    const { code, stdout, stderr } = await watch.ended;
    expect({ code, told: stderr.includes('ann is heard no more; it is stale after 6s.') }).toEqual({
      code: 130,
      told: true,
    });
    for (const line of stdout.trim().split('\n')) AgentHeartbeatJson.parse(JSON.parse(line));
    const over = await run(['agent', 'heartbeat', 'ann', '--pid', '2147483647']);
    expect({ code: over.code, stderr: over.stderr }).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('has ended'),
    });
    await json(['agent', 'register', 'ann', '-c', 'rust']);
  });

  it('token --rotate makes the old one void at once [B3]', async () => {
    const old = readFileSync(join(home, 'agents', 'ann.token'), 'utf8').trim();
    const { token } = AgentTokenJson.parse(await json(['agent', 'token', 'ann', '--rotate']));
    expect(readFileSync(join(home, 'agents', 'ann.token'), 'utf8').trim()).toBe(token);
    const { code, message } = await refusal(['task', 'list'], { COLIBRI_AGENT: 'ann', COLIBRI_AGENT_TOKEN: old });
    expect({ code, message }).toMatchObject({ code: 'refused', message: expect.stringContaining('not its own') });
    await json(['task', 'list', '--as', 'ann']);
  });
});

describe('tasks, asked for as an agent', () => {
  const as = (name: string) => ['--agent', name];
  const ids = async (...more: string[]) =>
    TaskListJson.parse(await json(['task', 'list', ...more]))
      .tasks.map(({ id }) => id)
      .sort();

  beforeAll(async () => {
    await json(['agent', 'register', 'bob', '-c', 'gpu']);
    await run(['task', 'submit', '--id', 'for-rust', '-r', 'rust', '--', 'true']);
    await run(['task', 'submit', '--id', 'for-gpu', '-r', 'gpu', '--', 'true']);
    await run(['task', 'submit', '--agent', 'ann', '--id', 'by-ann', '-r', 'zfs', '--submitter', 'bob', '--', 'true']);
  });

  it('are listed as far as it may see them: its own, and those that it may claim [B3]', async () => {
    await expect.poll(() => ids(), { timeout: 30_000 }).toEqual(['by-ann', 'for-gpu', 'for-rust']);
    // What a task requires is listed a moment after the task itself.
    await expect.poll(() => ids('--as', 'ann'), { timeout: 30_000 }).toEqual(['by-ann', 'for-rust']);
    await expect.poll(() => ids('--as', 'bob'), { timeout: 30_000 }).toEqual(['for-gpu']);
    expect((await run(['task', 'list', '--as', 'bob', '--state', 'running'])).stdout).toBe('No such tasks.\n');
  });

  it('are its own when it submitted them, under no other name [B3]', async () => {
    expect(await json(['task', 'show', 'by-ann', ...as('ann')])).toMatchObject({ submitter: 'agent/ann' });
    const { code, message } = await refusal(['task', 'show', 'by-ann', ...as('bob')]);
    expect(code).toBe('refused');
    expect(message).toBe('bob may not see the task "by-ann": nobody has it, submitted by agent/ann');
  });

  it.each([
    ['show', 0, 4],
    ['why', 0, 4],
    ['logs', 0, 4],
    ['cancel', 4, 4],
  ])('%s gives exit code %i for what it may claim, and %i for what it may not [B3]', async (verb, claimable, other) => {
    expect((await run(['task', verb, 'for-rust', ...as('ann')])).code).toBe(claimable);
    expect((await run(['task', verb, 'for-gpu', ...as('ann')])).code).toBe(other);
    expect((await run(['task', verb, 'for-gpu', '--json'], { COLIBRI_AGENT: 'ann' })).code).toBe(other);
  });

  it('are taken in under its own name, too [B1] [B3]', async () => {
    const file = join(home, 'tasks.json');
    writeFileSync(file, JSON.stringify([{ command: ['true'], requires: ['zfs'], submitter: 'bob', key: 'taken-in' }]));
    const { code } = await run(['task', 'intake', file, ...as('ann')]);
    expect(code).toBe(0);
    await expect.poll(async () => (await ids('--as', 'ann')).length, { timeout: 30_000 }).toBe(3);
    const taken = (await ids('--as', 'ann')).find((id) => id !== 'by-ann' && id !== 'for-rust');
    expect(await json(['task', 'show', String(taken), ...as('ann')])).toMatchObject({ submitter: 'agent/ann' });
  });

  it('are watched and cancelled by it when they are its own, and the history says by whom [B3]', async () => {
    expect((await run(['task', 'watch', 'for-gpu', ...as('ann')])).code).toBe(4);
    const { code, stdout } = await run(['task', 'cancel', 'by-ann', '--reason', 'not needed', ...as('ann')]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'by-ann cancelled: not needed (by ann)\n' });
  });

  it('are refused without the right token, whatever is asked [B3]', async () => {
    const theirs = readFileSync(join(home, 'agents', 'bob.token'), 'utf8').trim();
    const file = join(home, 'not-a-token');
    writeFileSync(file, 'hunter2\n');
    const asAnn = (more: NodeJS.ProcessEnv) => refusal(['task', 'list'], { COLIBRI_AGENT: 'ann', ...more });
    expect(await asAnn({ COLIBRI_AGENT_TOKEN: theirs })).toMatchObject({ code: 'refused' });
    expect(await asAnn({ COLIBRI_AGENT_TOKEN_FILE: file })).toMatchObject({ code: 'invalid' });
    expect(await asAnn({ COLIBRI_AGENT_TOKEN_FILE: join(home, 'none') })).toMatchObject({ code: 'invalid' });
    expect(JSON.stringify(await asAnn({ COLIBRI_AGENT_TOKEN: 'hunter2' }))).not.toContain('hunter2');
    expect(await refusal(['task', 'list', '--as', 'carl'])).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('no token'),
    });
  });

  it('and nothing of others: not their heartbeats, nor what only operators may do [B3]', async () => {
    const ann = { COLIBRI_AGENT: 'ann' };
    for (const args of [
      ['agent', 'heartbeat', 'bob'],
      ['agent', 'status', 'bob', 'away'],
      ['agent', 'unregister', 'bob'],
      ['agent', 'token', 'bob', '--rotate'],
      ['agent', 'register', 'carl'],
    ]) {
      expect(await refusal(args, ann)).toMatchObject({
        code: 'refused',
        message: expect.stringContaining('this is ann'),
      });
    }
    expect(await refusal(['host', 'drain', 'debby'], ann)).toMatchObject({
      code: 'refused',
      message: expect.stringContaining('only an operator'),
    });
  });
});

it('agent unregister frees the name and forgets the token [P1]', async () => {
  expect(AgentUnregisterJson.parse(await json(['agent', 'unregister', 'bob']))).toEqual({ name: 'bob', givenBack: [] });
  expect(readdirSync(join(home, 'agents'))).not.toContain('bob.token');
  expect((await run(['agent', 'show', 'bob'])).code).toBe(3);
});
