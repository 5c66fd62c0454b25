type Stream = 'stdout' | 'stderr';

/** A line this long is shown in pieces, so that one without an end does not fill the memory. */
const LONGEST_LINE = 64 * 1024;

/** Makes whole lines of the pieces in which output comes, for each stream by itself. */
export class LineJoiner {
  readonly #rest: Record<Stream, string> = { stdout: '', stderr: '' };

  /** The lines that this piece completes, without their line breaks. */
  add(stream: Stream, text: string): string[] {
    const lines = (this.#rest[stream] + text).split(/\r?\n/);
    this.#rest[stream] = lines.pop() ?? '';
    if (this.#rest[stream].length > LONGEST_LINE) lines.push(this.#take(stream));
    return lines;
  }

  /** What came without a line break at its end. */
  end(): { stream: Stream; text: string }[] {
    return (['stdout', 'stderr'] as const).flatMap((stream) => {
      const text = this.#take(stream);
      return text === '' ? [] : [{ stream, text }];
    });
  }

  #take(stream: Stream): string {
    const text = this.#rest[stream];
    this.#rest[stream] = '';
    return text;
  }
}
