import { describe, expect, it } from 'vitest';
import { hostReason } from '../../client/host-reason.ts';

const NOW = new Date(2026, 0, 2, 14, 2, 42).getTime();
const at = (secondsAgo: number) => new Date(NOW - secondsAgo * 1_000).toISOString();
type Host = Parameters<typeof hostReason>[0];
const reason = (more: Partial<Host>) =>
  hostReason(
    {
      ...{
        name: 'debby',
        status: 'online',
        since: at(31),
        drain: null,
        capabilities: [],
        reserve: [],
        leaseMs: 30_000,
      },
      ...{ slots: { total: 4, used: 1 }, lastSeenAt: at(1), running: [], version: '', os: '' },
      ...more,
    },
    NOW,
  );
const run = { taskId: 't', attempt: 1, sessionId: 't/1', startedAt: NOW };
const drain = { since: at(31), by: 'mk', reason: 'kernel upgrade', deadlineAt: null, handedOverAt: null };

describe('why a host is in its state', () => {
  it.each<[string, Partial<Host>]>([
    ['since 14:02:11; 1 of 4 slots in use', {}],
    ['all 4 slots are in use', { status: 'busy' }],
    ['no heartbeat since 14:02:11 (31s), lease 30s', { status: 'stale', heardAt: at(31), since: at(1) }],
    ['no heartbeat since 13:55:11 (7m31s)', { status: 'offline', heardAt: at(451) }],
    ['its worker left at 14:02:11 (stopped)', { status: 'offline', left: 'stopped' }],
    [
      'its worker left at 14:02:11 (stopped); drained by mk: kernel upgrade',
      { status: 'offline', left: 'stopped', drain },
    ],
    ['since 14:02:11, by mk: kernel upgrade; 2 tasks to finish', { status: 'draining', drain, running: [run, run] }],
    [
      'since 14:02:11, by mk: kernel upgrade; 1 task to finish, handed over at 14:32:42',
      { status: 'draining', drain: { ...drain, deadlineAt: at(-1_800) }, running: [run] },
    ],
    [
      'since 14:02:11, by mk: kernel upgrade; 1 task being handed over since 14:02:41',
      { status: 'draining', drain: { ...drain, deadlineAt: at(2), handedOverAt: at(1) }, running: [run] },
    ],
    ['since 14:02:11; it runs nothing', { status: 'draining' }],
    [
      'it has been expected since 2026-01-01 14:02:42 (mk) but no worker ever registered',
      { status: 'never-seen', expected: { since: at(86_400), by: 'mk' } },
    ],
  ])('is told: %s [P1]', (said, host) => {
    expect(reason(host)).toBe(said);
  });
});
