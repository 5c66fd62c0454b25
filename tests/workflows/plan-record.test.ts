import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readPlan } from '../../schemas/plan.ts';
import { PlanCarried, retried, type TaskEnd } from '../../schemas/plan-state.ts';
import { PlanRecord } from '../../workflows/plan-record.ts';

type Needs = Record<string, string[]>;

const graph: fc.Arbitrary<Needs> = fc
  .integer({ min: 1, max: 10 })
  .chain((count) =>
    fc
      .tuple(
        ...Array.from({ length: count }, (_, at) =>
          fc.uniqueArray(fc.nat({ max: Math.max(0, at - 1) }), { maxLength: at }),
        ),
      )
      .map((all) => Object.fromEntries(all.map((needs, at) => [`t${at}`, needs.map((need) => `t${need}`)]))),
  );
const endings = fc.infiniteStream(fc.constantFrom<TaskEnd['state']>('done', 'done', 'done', 'failed', 'cancelled'));
const choices = fc.infiniteStream(fc.nat());
const policy = fc.constantFrom('stop' as const, 'continue' as const);

function planOf(needs: Needs, onFailure: 'stop' | 'continue') {
  const tasks = Object.fromEntries(Object.entries(needs).map(([name, list]) => [name, { needs: list }]));
  return readPlan({ onFailure, defaults: { command: ['x'] }, tasks });
}

const FIRST: PlanCarried = { startedAt: 0, round: 1, stopped: null, tasks: {} };

/** Runs a plan to its end: whatever can be done next, one thing at random, handed on to another run now and then. */
function run(
  needs: Needs,
  onFailure: 'stop' | 'continue',
  random: Iterator<number>,
  ends: Iterator<TaskEnd['state']>,
  from = FIRST,
) {
  let record = new PlanRecord(planOf(needs, onFailure), from);
  const started: string[] = [];
  const pick = () => random.next().value as number;
  for (let steps = 0; !record.isOver; steps += 1) {
    expect(steps).toBeLessThan(200);
    const ready = record.ready();
    const running = record.started().map(({ name }) => name);
    // It never stands still: what is not over can go on.
    expect(ready.length + running.length).toBeGreaterThan(0);
    if (pick() % 4 === 0) {
      record = new PlanRecord(planOf(needs, onFailure), PlanCarried.parse(JSON.parse(JSON.stringify(record.carry()))));
      continue;
    }
    const at = pick() % (ready.length + running.length);
    const name = ready[at];
    if (name !== undefined) {
      for (const need of needs[name] ?? []) expect(record.of(need).state).toBe('done');
      expect(Object.keys(record.inputs(name)).sort()).toEqual([...(needs[name] ?? [])].sort());
      started.push(name);
      record.start(name, `task/p.${name}`, steps);
      record.running(name, 'r');
      continue;
    }
    const ended = running[at - ready.length] ?? '';
    const end: TaskEnd = { state: ends.next().value as TaskEnd['state'], summary: 's', result: null };
    record.end(ended, end, steps);
    // Heard of twice, as after a run was handed on in the midst of it.
    record.end(ended, { ...end, state: 'done' }, steps);
  }
  return { record, started };
}

describe('the record of a plan', () => {
  it('starts each task once and only after all it needs, and comes to an end whatever ends as what, over any handing on [B5] [T3]', () => {
    fc.assert(
      fc.property(graph, policy, choices, endings, (needs, onFailure, random, ends) => {
        const { record, started } = run(needs, onFailure, random[Symbol.iterator](), ends[Symbol.iterator]());
        expect(new Set(started).size).toBe(started.length);
        const counts = record.counts();
        expect(counts.waiting + counts.started).toBe(0);
        expect(counts.done + counts.failed + counts.cancelled).toBe(started.length);
        const failed = counts.failed + counts.cancelled > 0;
        expect(counts.skipped > 0 && !failed).toBe(false);
        if (onFailure === 'continue') {
          // Skipped is exactly what needs, over others too, something that did not come to be done.
          for (const [name, list] of Object.entries(needs)) {
            const isSkipped = list.some((need) => record.of(need).state !== 'done');
            expect(record.of(name).state === 'skipped').toBe(isSkipped);
          }
        } else expect(record.stopped !== null).toBe(failed);
      }),
    );
  });

  it('tried again starts exactly what is not done, and with all well ends with all done [B5]', () => {
    fc.assert(
      fc.property(graph, policy, choices, endings, (needs, onFailure, random, ends) => {
        const numbers = random[Symbol.iterator]();
        const first = run(needs, onFailure, numbers, ends[Symbol.iterator]()).record;
        const open = Object.keys(needs).filter((name) => first.of(name).state !== 'done');
        const well = (function* (): Generator<TaskEnd['state']> {
          for (;;) yield 'done';
        })();
        const { record, started } = run(needs, onFailure, numbers, well, retried(first.carry()));
        expect(started.toSorted()).toEqual(open.toSorted());
        expect(record.counts().done).toBe(Object.keys(needs).length);
        expect(record.round).toBe(2);
      }),
    );
  });

  it('that is stopped starts nothing more, and waits for what runs [B5]', () => {
    const record = new PlanRecord(planOf({ a: [], b: [], c: ['a'] }, 'continue'), FIRST);
    record.start('a', 'task/p.a', 1);
    record.stop('enough', 2);
    expect(record.ready()).toEqual([]);
    expect(record.isOver).toBe(false);
    record.end('a', { state: 'done', summary: 's', result: null }, 3);
    expect(record.isOver).toBe(true);
    expect(record.counts()).toMatchObject({ done: 1, skipped: 2 });
  });
});
