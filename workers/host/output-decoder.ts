/** Longest text of one output event, in UTF-16 units. */
const MAX_PIECE = 16_384;

/**
 * Bytes of one stream to text: UTF-8 across chunk borders, bad bytes replaced, in pieces of bounded length that never
 * cut a surrogate pair.
 */
export class OutputDecoder {
  readonly #decoder = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true });

  push(chunk: Buffer): string[] {
    return pieces(this.#decoder.decode(chunk, { stream: true }));
  }

  /** What an unfinished character at the end of the stream comes to. */
  end(): string[] {
    return pieces(this.#decoder.decode());
  }
}

function pieces(text: string): string[] {
  const out: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(from + MAX_PIECE, text.length);
    const last = text.charCodeAt(to - 1);
    if (to < text.length && last >= 0xd800 && last <= 0xdbff) to -= 1;
    out.push(text.slice(from, to));
    from = to;
  }
  return out;
}
