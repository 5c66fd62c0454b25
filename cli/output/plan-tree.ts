import { layersOf } from '../../schemas/plan-graph.ts';

/** A line of the drawing: what stands before the name, and what the task needs besides what the drawing shows. */
export interface TreeLine {
  name: string;
  prefix: string;
  /** Names that it needs and does not stand under. */
  also: string[];
}

interface Node {
  name: string;
  needs: readonly string[];
}

const STEP = 3;

/**
 * A graph as a tree: each name once, under that one of its needs which comes last, since it waits for that one longest. Null
 * when the branches would take more than `room` cells: then the tree says less than its layers do.
 */
export function treeLines(nodes: readonly Node[], room: number): TreeLine[] | null {
  const layers = layersOf(new Map(nodes.map(({ name, needs }) => [name, needs])));
  if ((layers.length - 1) * STEP > room) return null;
  const layerOf = new Map(layers.flatMap((names, at) => names.map((name) => [name, at] as const)));
  const under = new Map<string | null, Node[]>();
  for (const node of nodes) {
    const parent = lastOf(node.needs, layerOf);
    under.set(parent, [...(under.get(parent) ?? []), node]);
  }
  const lines: TreeLine[] = [];
  const draw = (parent: string | null, indent: string) => {
    const children = under.get(parent) ?? [];
    for (const [at, { name, needs }] of children.entries()) {
      const isLast = at === children.length - 1;
      const prefix = parent === null ? '' : `${indent}${isLast ? '└─ ' : '├─ '}`;
      lines.push({ name, prefix, also: needs.filter((need) => need !== parent) });
      draw(name, parent === null ? '' : `${indent}${isLast ? '   ' : '│  '}`);
    }
  };
  draw(null, '');
  return lines;
}

/** The same graph step by step: those that can start at once, those that can start after them, and so on. */
export function layerLines(nodes: readonly Node[]): TreeLine[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  return layersOf(new Map(nodes.map(({ name, needs }) => [name, needs]))).flatMap((names, step) => {
    const number = String(step + 1);
    return names.map((name, at) => {
      const branch = names.length === 1 ? '─' : at === 0 ? '┌' : at === names.length - 1 ? '└' : '│';
      const label = at === 0 ? number.padStart(3) : '   ';
      return { name, prefix: `${label} ${branch} `, also: [...(byName.get(name)?.needs ?? [])] };
    });
  });
}

function lastOf(needs: readonly string[], layerOf: ReadonlyMap<string, number>): string | null {
  let last: string | null = null;
  for (const need of needs) {
    if (last === null || (layerOf.get(need) ?? 0) > (layerOf.get(last) ?? 0)) last = need;
  }
  return last;
}
