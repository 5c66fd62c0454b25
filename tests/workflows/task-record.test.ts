import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AttemptResult } from '../../schemas/attempt.ts';
import { TaskSpec } from '../../schemas/task.ts';
import { canTransition, isTerminal } from '../../schemas/task-state.ts';
import { TaskView } from '../../schemas/task-view.ts';
import type { Claim } from '../../workflows/messages.ts';
import { TaskRecord } from '../../workflows/task-record.ts';

const T0 = Date.parse('2026-01-01T00:00:00Z');

function newRecord(): TaskRecord {
  const record = new TaskRecord({ workflowId: 'task/k7', runId: 'run', startedAt: T0 });
  record.describe(TaskSpec.parse({ command: ['true'] }));
  return record;
}

function claimOf(attempt: number, host = 'debby', at = T0): Claim {
  return { attempt, host, agent: `command@${host}`, sessionId: `k7/${attempt}`, at };
}

function result(attempt: number, more: Partial<AttemptResult> = {}): AttemptResult {
  const { host, agent, sessionId } = claimOf(attempt);
  const output = { bytes: 0, events: 0, liveCapped: false, transcriptCapped: false };
  const ended = { exitCode: 1, signal: null, summary: 'exit code 1', tail: [], startedAt: T0, endedAt: T0, output };
  return { outcome: 'failed', attempt, host, agent, sessionId, ...ended, ...more };
}

const route = {
  queue: 'route:any',
  requires: [],
  ladder: [{ requires: [], afterMs: 0 }],
  leaseMs: 30_000,
  sentence: 'can',
};

/** What can happen to a task in any order, as its workflow would do it: handlers act whenever a signal comes. */
const happening = fc.oneof(
  fc.record({ what: fc.constant('claim' as const), attempt: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ what: fc.constant('return' as const), attempt: fc.integer({ min: 1, max: 6 }), again: fc.boolean() }),
  fc.record({ what: fc.constant('wait' as const), parked: fc.boolean() }),
  fc.record({ what: fc.constant('cancel' as const) }),
);

describe('the record of a task', () => {
  it('makes no impossible transition, whatever claims, returns and cancels come, stale and twice [B1]', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), (happenings) => {
        const record = newRecord();
        happenings.forEach((event, i) => {
          const at = T0 + i * 1_000;
          const before = record.view.attempt;
          const ended = isTerminal(record.view.state);
          if (event.what === 'claim') {
            const taken = record.claim(claimOf(event.attempt, `host-${i}`), at);
            expect(taken).toBe(!ended && event.attempt > before);
            if (taken)
              expect(record.view).toMatchObject({ state: 'running', host: `host-${i}`, attempt: event.attempt });
          } else if (!ended && event.what === 'return') {
            // The workflow hears of a result only while it awaits one, and then goes on in one of these ways.
            record.returned(result(Math.max(event.attempt, before)), at);
            if (event.again) record.again(at, 'trying again');
            else record.end('failed', at, 'exit code 1', { failure: { code: 'agent-error', message: 'exit code 1' } });
          } else if (event.what === 'wait' && record.view.state === 'queued') {
            record.wait({ ...route, state: event.parked ? 'parked' : 'queued' }, at);
          } else if (!ended && event.what === 'cancel') {
            record.end('cancelled', at, 'no more', { failure: { code: 'cancelled', message: 'no more' } });
          }
          expect(record.view.attempt).toBeGreaterThanOrEqual(before);
        });
        const { history, state } = TaskView.parse(record.view);
        for (let i = 1; i < history.length; i += 1) {
          const [from, to] = [history[i - 1], history[i]];
          if (from && to) expect(canTransition(from.state, to.state), `${from.state} -> ${to.state}`).toBe(true);
        }
        expect(history.at(-1)?.state).toBe(state);
        // Told in order, and each attempt claimed at most once.
        const times = history.map((entry) => Date.parse(entry.at));
        expect(times).toEqual([...times].sort((a, b) => a - b));
        const claims = history.filter((entry) => entry.state === 'claimed').map((entry) => entry.attempt);
        expect(new Set(claims).size).toBe(claims.length);
      }),
      { numRuns: 500 },
    );
  });

  it('ignores the late claim of a lost attempt, and a claim delivered twice [P2]', () => {
    const record = newRecord();
    expect(record.claim(claimOf(2, 'domedog'), T0 + 1)).toBe(true);
    expect(record.claim(claimOf(1, 'debby'), T0 + 2)).toBe(false);
    expect(record.claim(claimOf(2, 'domedog'), T0 + 3)).toBe(false);
    expect(record.view).toMatchObject({ host: 'domedog', attempt: 2, sessionId: 'k7/2' });
  });

  it('says that a host lost the task when the next one claims it [P2]', () => {
    const record = newRecord();
    record.claim(claimOf(1), T0 + 1);
    record.claim(claimOf(2, 'domedog'), T0 + 40_000);
    expect(record.view.history.map(({ state, host, reason }) => `${state} ${host}: ${reason}`)).toEqual([
      'queued null: submitted',
      'claimed debby: claimed by command@debby',
      'running debby: attempt 1 on debby',
      'queued null: debby lost the task in attempt 1',
      'claimed domedog: claimed by command@domedog',
      'running domedog: attempt 2 on domedog',
    ]);
  });

  it('keeps its times in order when the clock of a host is an hour off [P3]', () => {
    for (const offMs of [-3_600_000, 3_600_000]) {
      const record = newRecord();
      record.claim(claimOf(1, 'debby', T0 + 1_000 + offMs), T0 + 1_010);
      record.returned(result(1, { startedAt: T0 + 1_200 + offMs, endedAt: T0 + 5_000 + offMs }), T0 + 5_050);
      record.end('failed', T0 + 5_050, 'exit code 1');
      expect(record.view).toMatchObject({
        claimedAt: '2026-01-01T00:00:01.010Z',
        startedAt: '2026-01-01T00:00:01.210Z',
        endedAt: '2026-01-01T00:00:05.050Z',
      });
      expect(record.view.history.find((entry) => entry.state === 'running')?.at).toBe(record.view.startedAt);
    }
  });

  it('records a claim for a result that came without one [B1]', () => {
    const record = newRecord();
    record.returned(result(1, { outcome: 'succeeded', startedAt: 8.7e15 }), T0 + 10);
    record.end('done', T0 + 10, 'exit code 0');
    expect(record.view.history.map((entry) => entry.state)).toEqual(['queued', 'claimed', 'running', 'done']);
    expect(record.view).toMatchObject({ attempt: 1, host: 'debby', startedAt: '2026-01-01T00:00:00.010Z' });
  });

  it('counts its wait over the end of a run, however often it was said to be parked or queued meanwhile [R9]', () => {
    const first = new TaskRecord({ workflowId: 'task/t', runId: 'r', startedAt: 1_000 });
    first.wait({ ...route, state: 'parked' }, 2_000);
    first.wait({ ...route, state: 'queued' }, 3_000);
    const next = new TaskRecord({ workflowId: 'task/t', runId: 's', startedAt: 9_000 }, first.view);
    expect(next.waitingSince).toBe(1_000);
    next.wait({ ...route, state: 'queued', ladder: [...route.ladder, { requires: ['b'], afterMs: 5_000 }] }, 9_000);
    expect(next.view.ladder.at(-1)?.at).toBe(new Date(6_000).toISOString());
  });

  it('stays bounded through thousands of lost attempts: the first entries and the latest are kept [T3]', () => {
    const record = newRecord();
    for (let attempt = 1; attempt <= 2_000; attempt += 1) record.claim(claimOf(attempt), T0 + attempt);
    const { history } = record.view;
    expect(history).toHaveLength(200);
    expect(history[0]?.reason).toBe('submitted');
    expect(history.at(-1)).toMatchObject({ state: 'running', attempt: 2_000 });
  });
});
