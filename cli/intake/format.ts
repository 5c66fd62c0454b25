import { extname } from 'node:path';

export const FORMATS = ['json', 'jsonl', 'yaml', 'markdown'] as const;
export type Format = (typeof FORMATS)[number];

const EXTENSIONS: Readonly<Record<string, Format>> = {
  '.json': 'json',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.yaml': 'yaml',
  '.yml': 'yaml',
  '.md': 'markdown',
  '.markdown': 'markdown',
};

export function formatOfFile(path: string): Format | undefined {
  return EXTENSIONS[extname(path).toLowerCase()];
}

/**
 * The format of a text by its first line that is not blank, as far as that tells: a whole JSON object is the first of
 * JSON lines (one alone is read the same way).
 */
export function formatOfFirstLine(line: string): Format | undefined {
  const text = line.trim();
  if (text.startsWith('[')) return 'json';
  if (!text.startsWith('{')) return undefined;
  try {
    JSON.parse(text);
    return 'jsonl';
  } catch {
    // Of a broken line that ends as an object does, the others are most likely objects, too.
    return text.endsWith('}') ? 'jsonl' : 'json';
  }
}

/** Markdown by what YAML does not have: a list item with a box, or a code block. Else YAML. */
export function formatOfText(lines: readonly string[]): 'markdown' | 'yaml' {
  const markdown = /^\s*(?:[-*+]|\d+[.)])\s+\[[ xX]\]\s|^\s*(?:```|~~~)/;
  return lines.some((line) => markdown.test(line)) ? 'markdown' : 'yaml';
}
