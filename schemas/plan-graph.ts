/** The tasks of a plan, each with the names of those that it needs. Names are those of the map. */
export type PlanGraph = ReadonlyMap<string, readonly string[]>;

/**
 * The names in an order in which each stands after all that it needs; what needs nothing keeps the order it was given in.
 * Null when they need each other in a circle. Needs that are no names of the plan are left out.
 */
export function inOrder(graph: PlanGraph): string[] | null {
  const order = [...layersOf(graph)].flat();
  return order.length === graph.size ? order : null;
}

/**
 * The names by how far they stand from the start: first those that need nothing, then those that need only these, and so
 * on. What stands in a circle, or behind one, is in none.
 */
export function layersOf(graph: PlanGraph): string[][] {
  const open = new Map(
    [...graph].map(([name, needs]) => [name, new Set(needs.filter((need) => graph.has(need))).size]),
  );
  const after = dependents(graph);
  const layers: string[][] = [];
  let layer = [...graph.keys()].filter((name) => open.get(name) === 0);
  while (layer.length > 0) {
    layers.push(layer);
    const next = new Set<string>();
    for (const name of layer) {
      for (const dependent of after.get(name) ?? []) {
        const left = (open.get(dependent) ?? 0) - 1;
        open.set(dependent, left);
        if (left === 0) next.add(dependent);
      }
    }
    // In the order of the plan, whichever came first.
    layer = next.size < 2 ? [...next] : [...graph.keys()].filter((name) => next.has(name));
  }
  return layers;
}

/** For each name, those that need it. */
export function dependents(graph: PlanGraph): Map<string, string[]> {
  const after = new Map<string, string[]>([...graph.keys()].map((name) => [name, []]));
  for (const [name, needs] of graph) for (const need of new Set(needs)) after.get(need)?.push(name);
  return after;
}

/** A shortest circle in which tasks need each other, its first name again at its end; null when there is none. */
export function findCycle(graph: PlanGraph): string[] | null {
  const ordered = new Set(layersOf(graph).flat());
  let shortest: string[] | null = null;
  for (const name of graph.keys()) {
    if (ordered.has(name)) continue;
    const cycle = wayBack(graph, name, ordered, (shortest?.length ?? Number.POSITIVE_INFINITY) - 1);
    if (cycle !== null && (shortest === null || cycle.length < shortest.length)) shortest = cycle;
  }
  return shortest;
}

/** The shortest way from a name over what it needs back to itself, of fewer than `below` names; null when there is none. */
function wayBack(graph: PlanGraph, start: string, without: ReadonlySet<string>, below: number): string[] | null {
  const from = new Map<string, string>();
  let border = [start];
  for (let length = 2; border.length > 0 && length <= below; length += 1) {
    const next: string[] = [];
    for (const name of border) {
      for (const need of graph.get(name) ?? []) {
        if (need === start) return [start, ...trace(from, start, name), start];
        if (without.has(need) || from.has(need) || !graph.has(need)) continue;
        from.set(need, name);
        next.push(need);
      }
    }
    border = next;
  }
  return null;
}

function trace(from: ReadonlyMap<string, string>, start: string, end: string): string[] {
  const way: string[] = [];
  for (let name: string | undefined = end; name !== undefined && name !== start; name = from.get(name))
    way.unshift(name);
  return way;
}
