import {
  type Document,
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  type Node,
  parseDocument,
} from 'yaml';

/** Where a field stands in the text of one object in JSON or YAML; for one that is not there, the nearest thing that holds it. */
export function locateIn(text: string, path: readonly (string | number)[]): { line: number; column: number } {
  const lineCounter = new LineCounter();
  const document = parseDocument(text, { lineCounter });
  return placeAt(lineCounter, offsetOf(document.contents, path));
}

/** The offset at which a field of this node begins: its key's, or that of its place in a list. */
export function offsetOf(root: Document['contents'] | Node | null, path: readonly (string | number)[]): number {
  let node: unknown = root;
  let offset = isNode(root) ? (root.range?.[0] ?? 0) : 0;
  for (const part of path) {
    if (!isCollection(node)) break;
    const held: unknown = isMap(node)
      ? node.items.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(part))
      : node.items[Number(part)];
    if (held === undefined) break;
    const start = isPair(held) ? held.key : held;
    offset = isNode(start) ? (start.range?.[0] ?? offset) : offset;
    node = isPair(held) ? held.value : held;
  }
  return offset;
}

export function placeAt(lineCounter: LineCounter, offset: number): { line: number; column: number } {
  const { line, col } = lineCounter.linePos(offset);
  return { line: Math.max(1, line), column: Math.max(1, col) };
}
