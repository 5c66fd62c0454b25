import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { dependents, findCycle, inOrder, layersOf, type PlanGraph } from '../../schemas/plan-graph.ts';

const names = fc.integer({ min: 1, max: 12 }).map((count) => Array.from({ length: count }, (_, i) => `t${i}`));

/** Any graph, circles and all. */
const anyGraph: fc.Arbitrary<PlanGraph> = names.chain((all) =>
  fc
    .array(fc.uniqueArray(fc.constantFrom(...all), { maxLength: 4 }), { minLength: all.length, maxLength: all.length })
    .map((needs) => new Map(all.map((name, at) => [name, needs[at] ?? []]))),
);

/** One without circles: each needs only what stands before it, in an order of its own. */
const acyclic: fc.Arbitrary<PlanGraph> = names.chain((all) =>
  fc.tuple(fc.shuffledSubarray(all, { minLength: all.length }), fc.infiniteStream(fc.nat())).map(([order, stream]) => {
    const random = stream[Symbol.iterator]();
    const needs = order.map((_, at) => order.slice(0, at).filter(() => (random.next().value ?? 0) % 3 === 0));
    return new Map(all.map((name) => [name, needs[order.indexOf(name)] ?? []]));
  }),
);

function reaches(graph: PlanGraph, from: string, to: string, seen = new Set<string>()): boolean {
  return (graph.get(from) ?? []).some((need) => {
    if (need === to) return true;
    if (seen.has(need)) return false;
    return reaches(graph, need, to, seen.add(need));
  });
}

describe('the graph of a plan', () => {
  it('has an order, each after all that it needs, exactly when nothing needs itself over others [B5]', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const order = inOrder(graph);
        expect(order === null).toBe([...graph.keys()].some((name) => reaches(graph, name, name)));
        if (order === null) return;
        expect(order.toSorted()).toEqual([...graph.keys()].sort());
        for (const [name, needs] of graph) {
          for (const need of needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(name));
        }
      }),
    );
  });

  it('names a circle by a way that is one: each needs the next, the last is the first, none stands twice [B5]', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const cycle = findCycle(graph);
        expect(cycle === null).toBe(inOrder(graph) !== null);
        if (cycle === null) return;
        expect(cycle.length).toBeGreaterThanOrEqual(2);
        expect(cycle.at(-1)).toBe(cycle[0]);
        for (const [at, name] of cycle.slice(0, -1).entries()) expect(graph.get(name)).toContain(cycle[at + 1]);
        expect(new Set(cycle.slice(1)).size).toBe(cycle.length - 1);
      }),
    );
  });

  it('names the shortest circle there is, so that it can be found in a long plan [B5]', () => {
    const graph = new Map([
      ['a', ['b']],
      ['b', ['c']],
      ['c', ['d']],
      ['d', ['a', 'e']],
      ['e', ['f']],
      ['f', ['e']],
      ['g', ['a']],
    ]);
    expect(findCycle(graph)).toEqual(['e', 'f', 'e']);
    expect(findCycle(new Map([['own', ['own']]]))).toEqual(['own', 'own']);
  });

  it('has layers: each name stands right behind the last of what it needs [B5]', () => {
    fc.assert(
      fc.property(acyclic, (graph) => {
        const layers = layersOf(graph);
        const depth = new Map(layers.flatMap((layer, at) => layer.map((name) => [name, at] as const)));
        expect(layers.flat().toSorted()).toEqual([...graph.keys()].sort());
        for (const [name, needs] of graph) {
          expect(depth.get(name)).toBe(Math.max(-1, ...needs.map((need) => depth.get(need) ?? Number.NaN)) + 1);
        }
      }),
    );
  });

  it('knows who needs whom from the other side [B5]', () => {
    fc.assert(
      fc.property(anyGraph, (graph) => {
        const after = dependents(graph);
        for (const name of graph.keys()) {
          for (const other of graph.keys()) {
            expect(after.get(name)?.includes(other)).toBe(graph.get(other)?.includes(name));
          }
        }
      }),
    );
  });

  it('of the largest size, with a circle at its very end, is judged in no time [T2]', () => {
    const all = Array.from({ length: 1_000 }, (_, i) => `t${i}`);
    // A chain in which each needs the ten before it: 10,000 needs.
    const graph = new Map(all.map((name, at) => [name, all.slice(Math.max(0, at - 10), at)]));
    graph.set('t0', ['t999']);
    const before = performance.now();
    const cycle = findCycle(graph);
    expect(performance.now() - before).toBeLessThan(20_000);
    // The shortest way back goes ten at a time.
    expect(cycle).toHaveLength(102);
  });
});
