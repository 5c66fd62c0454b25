import { ApplicationFailure, CancelledFailure, TerminatedFailure, TimeoutFailure } from '@temporalio/common';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonBytes, MAX_NEEDS_BYTES, Needs } from '../../schemas/needs.ts';
import { MAX_PLAN_TASKS } from '../../schemas/plan.ts';
import type { TaskEnd } from '../../schemas/plan-state.ts';
import { keptResult, resultShare } from '../../workflows/plan-results.ts';
import { endOfFailure, endOfResult } from '../../workflows/task-end.ts';

const ends: fc.Arbitrary<TaskEnd> = fc.record({
  state: fc.constant('done' as const),
  summary: fc.string({ unit: 'binary', maxLength: 400 }),
  result: fc.option(
    fc.record({
      exitCode: fc.option(fc.integer()),
      tail: fc.array(fc.string({ unit: 'binary', maxLength: 400 }), { maxLength: 20 }),
      data: fc.jsonValue({ stringUnit: 'binary' }),
    }),
  ),
});

describe('a result that is handed over', () => {
  it('takes no more room than its share, and says what was cut [B5] [T2]', () => {
    fc.assert(
      fc.property(ends, fc.integer({ min: 700, max: 20_000 }), (end, share) => {
        const kept = keptResult(end, share);
        expect(jsonBytes({ name: { state: 'done', ...kept } })).toBeLessThanOrEqual(share + 100);
        const { tail = [], data = null } = end.result ?? {};
        expect(kept.cut.includes('tail')).toBe(kept.tail.length < tail.length);
        // The last lines are those that tell.
        expect(tail.slice(tail.length - kept.tail.length)).toEqual(kept.tail);
        if (kept.cut.includes('data')) expect(kept.data).toBeNull();
        else expect(kept.data).toEqual(data);
      }),
    );
  });

  it('is whole where there is room: what is reported comes before lines of output [B5]', () => {
    const data = 'x'.repeat(60_000);
    const end: TaskEnd = { state: 'done', summary: 's', result: { exitCode: 0, tail: ['one', 'two'], data } };
    expect(keptResult(end, resultShare(7))).toEqual({ exitCode: 0, summary: 's', tail: ['one', 'two'], data, cut: [] });
    expect(keptResult(end, 60_250)).toMatchObject({ data, tail: ['one', 'two'], cut: [] });
    expect(keptResult(end, 60_212)).toMatchObject({ data, tail: ['two'], cut: ['tail'] });
    expect(keptResult(end, 60_000)).toMatchObject({ data: null, tail: ['one', 'two'], cut: ['data'] });
  });

  it('fits in with all others that one task can need [T2]', () => {
    const tail = Array.from({ length: 20 }, () => '€'.repeat(400));
    const end = { state: 'done' as const, summary: '€'.repeat(500), result: { exitCode: 0, tail, data: null } };
    for (const count of [1, 7, 8, 100, MAX_PLAN_TASKS - 1]) {
      const kept = { state: 'done', ...keptResult(end, resultShare(count)) };
      const all = Object.fromEntries(Array.from({ length: count }, (_, i) => [`${'n'.repeat(60)}${i}`, kept]));
      expect(jsonBytes(all)).toBeLessThan(MAX_NEEDS_BYTES);
      expect(Object.keys(Needs.parse(all))).toHaveLength(count);
    }
  });

  it('that is nested too deep to be written is left out [T2]', () => {
    const data: unknown = JSON.parse(`${'['.repeat(100_000)}${']'.repeat(100_000)}`);
    const end = { state: 'done' as const, summary: 's', result: { exitCode: 0, tail: [], data } };
    expect(keptResult(end, 90_000)).toMatchObject({ data: null, cut: ['data'] });
  });
});

describe('the end of a task, for its plan', () => {
  it('is read from what its workflow returned, whatever version of it wrote that [B5]', () => {
    expect(endOfResult({ summary: 'ok', exitCode: 0, tail: ['a', 1], data: { v: 1 }, more: true })).toEqual({
      ...{ state: 'done', summary: 'ok', result: { exitCode: 0, tail: ['a'], data: { v: 1 } } },
    });
    expect(endOfResult({ summary: 'ok', exitCode: null })).toMatchObject({ result: { exitCode: null, data: null } });
    expect(endOfResult(undefined)).toEqual({ state: 'done', summary: 'done', result: null });
  });

  it.each([
    [new CancelledFailure('x'), 'cancelled', 'cancelled'],
    [new TerminatedFailure('x', undefined), 'cancelled', 'its workflow was terminated'],
    [new TimeoutFailure('x', undefined, 'START_TO_CLOSE'), 'failed', 'its workflow timed out'],
    [ApplicationFailure.create({ type: 'agent-error', message: 'exit code 3' }), 'failed', 'agent-error: exit code 3'],
    [new Error('strange'), 'failed', 'strange'],
  ])('%s is told', (failure, state, summary) => {
    expect(endOfFailure(failure)).toMatchObject({ state, summary });
  });
});
