import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { beginRecord, keepRecord } from '../../cli/onboard/join-fleet.ts';
import { type Onboarding, readRecord } from '../../cli/onboard/record.ts';
import { mendService } from '../../cli/onboard/run-service.ts';
import type { Service } from '../../cli/onboard/service.ts';
import { readTarget, type Target } from '../../cli/onboard/target.ts';

let dir: string;
let target: Target;
let record: Onboarding;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'mend-'));
  target = readTarget('debby:7233', { home: dir, name: 'osa' }, { PATH: process.env.PATH, HOME: dir });
  record = beginRecord(target);
  keepRecord(target, record);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** A service whose manager is the file system: what is enabled and what runs is there, and each command is written down. */
function service(content = 'one'): Service {
  const sh = (name: string, script: string) => ({
    command: ['sh', '-c', `echo ${name} >> "$0/log"; ${script}`, dir],
    about: name,
  });
  return {
    ...{ kind: 'systemd', unit: 'colibri-host.service', log: ['journalctl'] },
    file: { path: join(dir, 'made', 'unit'), mode: 0o644, owner: target.owner, content, about: 'the service' },
    enable: [sh('enable', 'touch "$0/enabled"')],
    start: sh('start', '[ ! -e "$0/broken" ] || { echo "no such user" >&2; exit 3; }; touch "$0/running"'),
    restart: sh('restart', '[ -e "$0/running" ]'),
    disable: [],
    forget: [],
    status: async () => ({ enabled: existsSync(join(dir, 'enabled')), running: existsSync(join(dir, 'running')) }),
  };
}

async function mend(content?: string): Promise<{ done: boolean; ran: string[] }> {
  rmSync(join(dir, 'log'), { force: true });
  const { done } = await mendService(target, record, service(content));
  const log = join(dir, 'log');
  return { done, ran: existsSync(log) ? readFileSync(log, 'utf8').trim().split('\n') : [] };
}

describe('the service', () => {
  it('is written, enabled and started once, and then left alone [P4]', async () => {
    expect(await mend()).toEqual({ done: true, ran: ['enable', 'start'] });
    expect(readFileSync(join(dir, 'made', 'unit'), 'utf8')).toBe('one');
    expect(await mend()).toEqual({ done: false, ran: [] });
    expect(readRecord(dir)).toMatchObject({ service: { unit: 'colibri-host.service' }, folders: [join(dir, 'made')] });
  });

  it('is mended where it is broken, and only there [P4]', async () => {
    await mend();
    rmSync(join(dir, 'running'));
    expect(await mend()).toEqual({ done: true, ran: ['start'] });
    rmSync(join(dir, 'enabled'));
    expect(await mend()).toEqual({ done: true, ran: ['enable'] });
    expect(await mend('two')).toEqual({ done: true, ran: ['enable', 'restart'] });
    writeFileSync(join(dir, 'made', 'unit'), 'by someone else');
    expect(await mend('two')).toEqual({ done: true, ran: ['enable', 'restart'] });
    expect(statSync(join(dir, 'made', 'unit')).mode & 0o777).toBe(0o644);
  });

  it('is started anew for a changed configuration, also by the run after one that failed [P4]', async () => {
    await mend();
    record.unread = true;
    expect(await mend()).toEqual({ done: true, ran: ['restart'] });
    expect(await mend()).toEqual({ done: false, ran: [] });
    record.unread = true;
    rmSync(join(dir, 'running'));
    writeFileSync(join(dir, 'broken'), '');
    await expect(mend()).rejects.toMatchObject({
      code: 'failed',
      message: expect.stringContaining('ended with exit code 3: no such user'),
      hint: expect.stringContaining('journalctl'),
    });
    expect(readRecord(dir)?.service).not.toBeNull();
    rmSync(join(dir, 'broken'));
    expect(await mend()).toEqual({ done: true, ran: ['start'] });
  });
});
