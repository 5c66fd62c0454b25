import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { displayWidth } from '../../cli/output/display-width.ts';
import { renderPlan } from '../../cli/output/plan.ts';
import { layerLines, treeLines } from '../../cli/output/plan-tree.ts';
import { terminalOf } from '../../cli/output/terminal.ts';
import type { PlanNow, PlanTaskNow } from '../../client/index.ts';

type Node = { name: string; needs: string[] };

const graph: fc.Arbitrary<Node[]> = fc.integer({ min: 1, max: 30 }).chain((count) =>
  fc
    .tuple(
      ...Array.from({ length: count }, (_, at) =>
        fc.uniqueArray(fc.nat({ max: Math.max(0, at - 1) }), { maxLength: Math.min(at, 4) }),
      ),
    )
    .chain((all) =>
      fc.shuffledSubarray(
        all.map((needs, at) => ({ name: `task-${at}`, needs: needs.map((n) => `task-${n}`) })),
        { minLength: count },
      ),
    ),
);

describe('the drawing of a plan', () => {
  it('has each task once, below one that it needs, and tells the other needs besides [B5]', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const lines = treeLines(nodes, 1_000) ?? [];
        expect(lines.map(({ name }) => name).toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
        for (const [at, line] of lines.entries()) {
          const needs = nodes.find(({ name }) => name === line.name)?.needs ?? [];
          // What it stands under is the nearest line above that is drawn less deep.
          const parent = lines.slice(0, at).findLast(({ prefix }) => prefix.length < line.prefix.length);
          const under = line.prefix === '' ? [] : [parent?.name ?? ''];
          expect([...under, ...line.also].toSorted()).toEqual(needs.toSorted());
        }
      }),
    );
  });

  it('by steps has each task once, after all that it needs [B5]', () => {
    fc.assert(
      fc.property(graph, (nodes) => {
        const order = layerLines(nodes).map(({ name }) => name);
        expect(order.toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
        for (const { name, needs } of nodes)
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name));
      }),
    );
  });

  const task = (name: string, needs: string[], more: Partial<PlanTaskNow> = {}): PlanTaskNow => ({
    ...{ name, needs, state: 'waiting', taskId: null, startedAt: null, endedAt: null, boardState: null, host: null },
    ...{ summary: needs.length > 0 ? `waits for ${needs.join(', ')}` : 'starts next' },
    ...more,
  });
  const started = '2026-11-21T10:00:00.000Z';
  const planOf = (tasks: PlanTaskNow[]): PlanNow => ({
    ...{ id: 'nightly', workflowId: 'plan/nightly', runId: 'r', name: 'the nightly', state: 'running' },
    ...{ project: null, submitter: 'ada', onFailure: 'stop', cancelRunning: false, round: 1, submittedAt: started },
    ...{ endedAt: null, summary: '', tasks },
    counts: {
      ...{ waiting: 0, started: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 },
      ...Object.fromEntries(tasks.map(({ state }) => [state, tasks.filter((each) => each.state === state).length])),
    },
  });
  const at80 = { ...terminalOf({ columns: 80 }, {}), nowMs: Date.parse(started) + 60_000 };

  it('reads well at 80 columns [B5]', () => {
    const tasks = [
      task('fetch', [], {
        state: 'done',
        startedAt: started,
        endedAt: '2026-11-21T10:00:12.000Z',
        summary: 'exit code 0',
      }),
      task('build', ['fetch'], { state: 'started', boardState: 'running', host: 'debby', startedAt: started }),
      task('test', ['build']),
      task('package', ['build', 'docs']),
      task('docs', ['fetch'], { state: 'failed', summary: 'agent-error: exit code 3' }),
    ];
    const text = renderPlan(planOf(tasks), at80);
    expect(text.split('\n')[0]).toBe('nightly  running  1 of 5 done, 1 running, 1 failed, 2 waiting');
    expect(text.slice(text.indexOf('done       fetch'))).toBe(
      [
        'done       fetch          12s',
        'running    ├─ build       on debby for 1m',
        'waiting    │  ├─ test     waits for build',
        'waiting    │  └─ package  waits for build, docs',
        'failed     └─ docs        agent-error: exit code 3',
        '',
      ].join('\n'),
    );
  });

  it('stays within its columns, however long the names, the chains and what there is to say [B5]', () => {
    fc.assert(
      fc.property(graph, fc.integer({ min: 1, max: 64 }), fc.constantFrom(80, 120), (nodes, length, columns) => {
        const named = (name: string) => name.padEnd(length, 'x');
        const tasks = nodes.map(({ name, needs }) =>
          task(named(name), needs.map(named), { state: 'failed', summary: 'a long story '.repeat(20) }),
        );
        const text = renderPlan(planOf(tasks), { ...at80, columns });
        const drawn = text.split('\n').filter((line) => line.startsWith('failed  '));
        expect(drawn).toHaveLength(nodes.length);
        for (const line of drawn) expect(displayWidth(line)).toBeLessThanOrEqual(columns);
      }),
    );
  });

  it('of a long chain goes step by step in place of ever deeper [B5]', () => {
    const names = Array.from({ length: 40 }, (_, i) => `step-${i}`);
    const text = renderPlan(planOf(names.map((name, i) => task(name, names.slice(Math.max(0, i - 1), i)))), at80);
    expect(text).toContain('waiting     40 ─ step-39  waits for step-38');
  });
});
