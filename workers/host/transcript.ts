import { once } from 'node:events';
import { createWriteStream, type WriteStream } from 'node:fs';
import type { SessionEvent } from '../../schemas/session-event.ts';

/** A session's events on disk, one JSON line each, in order, up to a bound. */
export class Transcript {
  readonly #stream: WriteStream;
  readonly #limitBytes: number;
  #written = 0;
  #failure: Error | undefined;
  capped = false;

  constructor(file: string, limitBytes: number) {
    this.#limitBytes = limitBytes;
    this.#stream = createWriteStream(file, { mode: 0o600, flags: 'a' });
    // A full disk must not end the worker; it is reported by `failure` and with the attempt's result.
    this.#stream.on('error', (error) => {
      this.#failure = error;
    });
  }

  /** What the disk refused, if it did. Nothing is written after that. */
  get failure(): Error | undefined {
    return this.#failure;
  }

  /**
   * Writes events. Past the bound, output is left out after one marker; what is not output is always written.
   * The promise is pending while the disk is behind, which holds the agent's pipe back.
   */
  write(events: readonly SessionEvent[]): Promise<void> | undefined {
    if (this.#failure) return undefined;
    let text = '';
    for (const event of events) {
      if (event.type === 'output' && this.capped) continue;
      const line = `${JSON.stringify(event)}\n`;
      if (event.type === 'output' && this.#written + line.length > this.#limitBytes) {
        this.capped = true;
        text += `${JSON.stringify({ type: 'transcript-capped', n: event.n, at: event.at, limitBytes: this.#limitBytes })}\n`;
        continue;
      }
      this.#written += line.length;
      text += line;
    }
    if (text === '' || this.#stream.write(text)) return undefined;
    return Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')]).then(
      () => undefined,
      () => undefined,
    );
  }

  async close(): Promise<void> {
    if (this.#stream.closed) return;
    const closed = once(this.#stream, 'close').catch(() => undefined);
    this.#stream.end();
    await closed;
  }
}
