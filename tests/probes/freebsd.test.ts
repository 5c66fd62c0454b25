import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Exec, runProbes } from '../../workers/probes/index.ts';

interface Recording {
  commands: Record<string, { code: number; stdout?: string; stderr?: string }>;
}

const NAMES = ['linux', 'freebsd', 'docker', 'freebsd-jail', 'zfs'];

/** What these probes say on a machine whose programs answer as recorded; other programs are not there. */
async function probeRecorded(name: string, change: Recording['commands'] = {}) {
  const file = new URL(`./recorded/${name}.json`, import.meta.url);
  const commands = { ...(JSON.parse(readFileSync(file, 'utf8')) as Recording).commands, ...change };
  const exec: Exec = async (program, args) => {
    const answer = commands[[program, ...args].join(' ')];
    if (!answer) return { code: null, stdout: '', stderr: '', failure: `${program}: no such program on PATH` };
    return { code: answer.code, stdout: answer.stdout ?? '', stderr: answer.stderr ?? '' };
  };
  const report = await runProbes({ only: NAMES, platform: 'freebsd', createExec: () => exec });
  const how = Object.fromEntries(report.findings.map((finding) => [finding.tag, finding.how]));
  return { ...report, how };
}

describe('a FreeBSD host', () => {
  it('advertises its system, its jails and its pool when the worker is root [R1]', async () => {
    const { capabilities, findings, how } = await probeRecorded('freebsd-14.2-root');
    expect(capabilities).toEqual(['freebsd', 'freebsd-jail', 'zfs']);
    expect(findings.find(({ tag }) => tag === 'freebsd')?.version).toBe('14.2-RELEASE-p3');
    expect(findings.find(({ tag }) => tag === 'zfs')?.version).toBe('2.2.6');
    expect(how['freebsd-jail']).toBe('a trial jail ran a program and is gone again; 2 other jails run');
    expect(how.linux).toBe('this machine runs freebsd');
  });

  it('does not advertise jails that its user may not make, nor pools that it does not have [R2]', async () => {
    const { capabilities, how } = await probeRecorded('freebsd-14.2-user');
    expect(capabilities).toEqual(['freebsd']);
    expect(how['freebsd-jail']).toBe('only root may make jails, and the worker runs as user 1001');
    expect(how.zfs).toBe('zpool runs, but there is no pool');
  });

  it('does not advertise jails from inside one that may have none, and does from one that may [R2]', async () => {
    const barred = await probeRecorded('freebsd-14.2-in-jail');
    expect(barred.capabilities).toEqual(['freebsd']);
    expect(barred.how['freebsd-jail']).toContain('security.jail.children.max is 0');
    const free = await probeRecorded('freebsd-14.2-root', {
      'sysctl -n security.jail.jailed': { code: 0, stdout: '1\n' },
      'sysctl -n security.jail.children.max': { code: 0, stdout: '5\n' },
    });
    expect(free.capabilities).toContain('freebsd-jail');
  });

  it('believes a trial jail more than settings [R2]', async () => {
    const refused = { code: 1, stderr: 'jail: jail_set: Operation not permitted\n' };
    const { capabilities, how } = await probeRecorded('freebsd-14.2-root', {
      'jail -c path=/ command=/usr/bin/true': refused,
    });
    expect(capabilities).toEqual(['freebsd', 'zfs']);
    expect(how['freebsd-jail']).toBe(
      'a trial jail did not start: jail exited 1: jail: jail_set: Operation not permitted',
    );
  });

  it('takes the kernel’s release where freebsd-version is missing [R2]', async () => {
    const { findings } = await probeRecorded('freebsd-14.2-in-jail');
    expect(findings.find(({ tag }) => tag === 'freebsd')?.version).toBe('14.2-RELEASE-p1');
  });
});
