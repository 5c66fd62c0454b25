import { ApplicationFailure } from '@temporalio/common';
import { describe, expect, it } from 'vitest';
import type { Machine, Registration } from '../../schemas/fleet.ts';
import type { HostState } from '../../workflows/host.ts';
import { refuseStranger } from '../../workflows/host-claim.ts';
import { registrationOf } from './host-stand-in.ts';

const SINCE = '2026-01-01T12:00:00.000Z';
const machine = (more: Partial<Machine> = {}): Machine => ({ id: 'm1', boot: 'b1', label: 'debby.lan', ...more });
const held = (status: HostState['status'], more: Partial<Registration> = {}): HostState => ({
  ...{ name: 'debby', status, since: SINCE, joinedAt: SINCE, draining: false },
  registration: registrationOf('debby', { hostId: 'folder on m1', machine: machine(), ...more }),
});

function refused(state: HostState, given: Partial<Registration>): { type: string; message: string } | null {
  try {
    refuseStranger(state, registrationOf('debby', { hostId: 'folder on m1', machine: machine(), ...given }));
    return null;
  } catch (error) {
    const { type, message } = error as ApplicationFailure;
    expect(error).toBeInstanceOf(ApplicationFailure);
    return { type: String(type), message };
  }
}

const LIVE = ['online', 'draining'] as const;

describe('who may hold the name of a host', () => {
  it.each(LIVE)('is the same worker, started anew on the same machine, while %s [P1]', (status) => {
    expect(refused(held(status), { instanceId: 'restarted' })).toBeNull();
  });

  it.each([...LIVE, 'stale' as const])('is not a copied state folder on another machine while %s [P1]', (status) => {
    const copy = { hostId: 'folder on m2', machine: machine({ id: 'm2', boot: 'b2', label: 'other.lan' }) };
    expect(refused(held(status), copy)).toEqual({
      type: 'HostNameTaken',
      message: `the name debby is held by another machine: debby.lan, linux, ${status} since ${SINCE}, registered ${SINCE}. Choose another name with --name, or stop that worker`,
    });
    expect(refused(held('offline'), copy)).toBeNull();
  });

  it.each(LIVE)(
    'is not the same state folder in another boot while %s: a clone, until its lease tells [P1]',
    (status) => {
      const rebooted = { instanceId: 'rebooted', machine: machine({ boot: 'b2' }) };
      expect(refused(held(status), rebooted)).toMatchObject({
        type: 'HostHeldBeforeReboot',
        message: expect.stringContaining('held by the same machine and state folder in another boot: debby.lan'),
      });
      expect(refused(held('stale'), rebooted)).toBeNull();
      expect(refused(held('offline'), rebooted)).toBeNull();
    },
  );

  it.each(LIVE)('is not a second worker of the machine with another state folder while %s [P1]', (status) => {
    const second = { hostId: 'other folder on m1', instanceId: 'second' };
    expect(refused(held(status), second)).toMatchObject({
      type: 'HostNameTaken',
      message: expect.stringContaining('another worker of this machine, with another state folder'),
    });
    expect(refused(held('stale'), second)).toBeNull();
  });

  it('is told by the folder alone where machines have no id, or an older worker tells none [P1]', () => {
    const anonymous = held('online', { machine: machine({ id: '' }) });
    expect(refused(anonymous, { hostId: 'another folder', machine: machine({ id: '' }) })?.message).toContain(
      'held by another machine',
    );
    const { machine: _, ...old } = registrationOf('debby', { hostId: 'folder on m1' });
    expect(refused({ ...held('online'), registration: old }, { instanceId: 'upgraded' })).toBeNull();
  });

  it('is anyone where nobody ever came [P1]', () => {
    expect(refused({ ...held('never-seen'), registration: null }, {})).toBeNull();
  });
});
