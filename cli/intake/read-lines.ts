import { formatBytes } from '../../schemas/byte-size.ts';
import { MAX_INTAKE_BYTES } from './entry.ts';

export interface Line {
  /** From 1. */
  number: number;
  /** Without its line break; null when it is no UTF-8. */
  text: string | null;
  bytes: number;
}

/** More text than one intake may have. `line` is where the limit was reached. */
export class IntakeTooLarge extends Error {
  readonly line: number;

  constructor(line: number) {
    super(`more than ${formatBytes(MAX_INTAKE_BYTES)} in all: give the tasks in several intakes`);
    this.line = line;
  }
}

const LINE_BREAK = 0x0a;
const BYTE_ORDER_MARK = '\u{feff}';

/** The lines of a stream of bytes, as they come. Throws {@link IntakeTooLarge}. */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Line> {
  let number = 1;
  let total = 0;
  let rest: Uint8Array[] = [];
  for await (const chunk of chunks) {
    total += chunk.length;
    if (total > MAX_INTAKE_BYTES) throw new IntakeTooLarge(number);
    let from = 0;
    for (let at = chunk.indexOf(LINE_BREAK); at !== -1; at = chunk.indexOf(LINE_BREAK, from)) {
      yield line(number, [...rest, chunk.subarray(from, at)]);
      number += 1;
      rest = [];
      from = at + 1;
    }
    if (from < chunk.length) rest.push(chunk.subarray(from));
  }
  if (rest.length > 0) yield line(number, rest);
}

function line(number: number, parts: readonly Uint8Array[]): Line {
  const all = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(all).replace(/\r$/, '');
    const marked = number === 1 && text.startsWith(BYTE_ORDER_MARK);
    return { number, text: marked ? text.slice(1) : text, bytes: all.length };
  } catch {
    return { number, text: null, bytes: all.length };
  }
}
