import { type Document, isAlias, isNode, isScalar, isSeq, LineCounter, type Node, parseAllDocuments } from 'yaml';
import { broken, MAX_TASK_BYTES, problem, type ReadResult } from './entry.ts';
import { tooLong } from './json.ts';
import { offsetOf, placeAt } from './locate.ts';

/** Text that aliases make of little must stay within bounds, too. */
const MAX_ALIASES = 1_000;

/** YAML: each document one task, or a list of tasks. */
export function readYaml(text: string): ReadResult {
  const result: ReadResult = { entries: [], broken: [], leftOut: 0 };
  const lineCounter = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter, merge: true, prettyErrors: false });
  for (const document of Array.isArray(documents) ? documents : []) {
    const [first, ...more] = document.errors.map((error) =>
      problem(placeAt(lineCounter, error.pos[0]), `not YAML: ${firstLine(error.message)}`),
    );
    if (first !== undefined) result.broken.push(broken(first, ...more));
    if (first !== undefined || document.contents === null) continue;
    const { contents } = document;
    // Between two lines of --- there may be nothing.
    if (isScalar(contents) && contents.value === null) continue;
    for (const node of isSeq(contents) ? contents.items : [contents]) {
      if (isNode(node)) readNode(document, node, lineCounter, result);
    }
  }
  return result;
}

function readNode(document: Document, node: Node, lineCounter: LineCounter, result: ReadResult): void {
  const at = (offset: number) => placeAt(lineCounter, offset);
  const start = at(node.range?.[0] ?? 0);
  const bytes = (node.range?.[1] ?? 0) - (node.range?.[0] ?? 0);
  if (bytes > MAX_TASK_BYTES) {
    result.broken.push(broken(problem(start, tooLong(bytes))));
    return;
  }
  const resolved = isAlias(node) ? node.resolve(document) : node;
  try {
    const value: unknown = node.toJS(document, { maxAliasCount: MAX_ALIASES });
    result.entries.push({ line: start.line, value, locate: (path) => at(offsetOf(resolved ?? node, path)) });
  } catch (error) {
    result.broken.push(broken(problem(start, `not YAML: ${firstLine((error as Error).message)}`)));
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? '';
}
