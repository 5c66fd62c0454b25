import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { agentEnvironment, inheritedEnvironment } from '../../workers/host/agent-environment.ts';
import { hostIdentity } from '../../workers/host/host-identity.ts';
import { makeSessionFolder } from '../../workers/host/session-folder.ts';
import { StateLock } from '../../workers/host/state-lock.ts';
import { startOf } from '../../workers/leash/process-table.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'state-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

describe('the state folder of a host', () => {
  it('is held by one worker at a time, and the refusal names the process [P1]', () => {
    const lock = StateLock.take(home);
    expect(() => StateLock.take(home)).toThrow(`process ${process.pid}`);
    lock.release();
    StateLock.take(home).release();
  });

  it('is taken over from a worker that died, also when its number is another’s now [P2]', async () => {
    const child = spawn('sleep', ['60']);
    const started = startOf(child.pid ?? 0);
    child.kill('SIGKILL');
    await once(child, 'exit');
    writeFileSync(join(home, 'worker.lock'), JSON.stringify({ pid: child.pid, startMs: started }));
    StateLock.take(home).release();
    writeFileSync(join(home, 'worker.lock'), JSON.stringify({ pid: process.pid, startMs: 1 }));
    StateLock.take(home).release();
    writeFileSync(join(home, 'worker.lock'), 'rubbish');
    StateLock.take(home).release();
  });

  it('gives the host one identity over restarts, and another folder another [P1]', () => {
    const first = hostIdentity(join(home, 'a'));
    expect(hostIdentity(join(home, 'a'))).toBe(first);
    expect(hostIdentity(join(home, 'b'))).not.toBe(first);
  });

  it('keeps a session’s folder inside, whatever the workflow id [T2]', () => {
    for (const key of ['../../etc', 'a/b/c', '..', 'x'.repeat(900), 'ü\n"', 'con:1']) {
      const { root } = makeSessionFolder(home, `${key}/1`);
      expect(root.startsWith(join(home, 'sessions'))).toBe(true);
      expect(root.slice(join(home, 'sessions').length + 1).split('/')).toHaveLength(2);
    }
  });
});

describe('the environment of an agent', () => {
  const identity = {
    taskId: 't',
    sessionId: 't/1',
    attempt: 1,
    workdir: '/w',
    host: 'debby',
    contextFile: '/c',
    reportFile: '/r',
    answer: undefined,
    agent: 'command@debby',
    token: 'of this run alone',
    server: { address: 'debby:7233', namespace: 'default' },
  };

  it('is an allow-list, what the task gives, and who it is: no secret of the worker [T1]', () => {
    const worker = {
      PATH: '/bin',
      HOME: '/h',
      LC_ALL: 'C',
      TEMPORAL_API_KEY: 'secret',
      AWS_SECRET_ACCESS_KEY: 'secret',
    };
    expect(inheritedEnvironment(worker)).toEqual({ PATH: '/bin', HOME: '/h', LC_ALL: 'C' });
    expect(agentEnvironment({ A: '1' }, identity, worker)).toEqual({
      ...{ PATH: '/bin', HOME: '/h', LC_ALL: 'C', A: '1' },
      ...{
        COLIBRI_TASK_ID: 't',
        COLIBRI_SESSION_ID: 't/1',
        COLIBRI_ATTEMPT: '1',
        COLIBRI_WORKDIR: '/w',
        COLIBRI_HOST: 'debby',
        COLIBRI_CONTEXT: '/c',
        COLIBRI_REPORT: '/r',
        COLIBRI_AGENT: 'command@debby',
        COLIBRI_AGENT_TOKEN: 'of this run alone',
        TEMPORAL_ADDRESS: 'debby:7233',
        TEMPORAL_NAMESPACE: 'default',
      },
    });
  });

  it('lets the task set what it inherits, but not who it is [T1]', () => {
    const env = agentEnvironment({ PATH: '/mine' }, identity, { PATH: '/bin' });
    expect(env.PATH).toBe('/mine');
    expect(env.COLIBRI_TASK_ID).toBe('t');
  });
});
