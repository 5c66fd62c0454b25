import type { SessionEvent } from '../../schemas/session-event.ts';
import type { LiveStream } from './live-stream.ts';
import { OutputDecoder } from './output-decoder.ts';
import { OutputTail } from './output-tail.ts';
import type { Transcript } from './transcript.ts';

type Body<T> = T extends SessionEvent ? Omit<T, 'n' | 'at'> : never;
type Unnumbered = Body<SessionEvent>;

/** How long a result waits for its output to reach the live stream. */
const FLUSH_MS = 5_000;

/** Numbers a session's events and gives each to the transcript, the live stream and the tail. */
export class SessionRecorder {
  readonly #transcript: Transcript;
  readonly #live: LiveStream;
  readonly #tail = new OutputTail();
  readonly #decoders = { stdout: new OutputDecoder(), stderr: new OutputDecoder() };
  #n = 0;
  #bytes = 0;
  #closed = Promise.resolve();

  constructor(transcript: Transcript, live: LiveStream) {
    this.#transcript = transcript;
    this.#live = live;
  }

  note(body: Unnumbered): void {
    void this.#record([this.#number(body)]);
  }

  /** Takes output as it comes. The promise, if any, is pending while the disk is behind. */
  output(stream: 'stdout' | 'stderr', chunk: Buffer): Promise<void> | undefined {
    this.#bytes += chunk.length;
    return this.#texts(stream, this.#decoders[stream].push(chunk));
  }

  /** Ends the session: what was unfinished, the last event, and everything to the live stream; the disk may follow. */
  async end(body: Extract<Unnumbered, { type: 'ended' }>): Promise<void> {
    for (const stream of ['stdout', 'stderr'] as const) void this.#texts(stream, this.#decoders[stream].end());
    const last = this.#number(body);
    void this.#transcript.write([last]);
    this.#closed = this.#transcript.close();
    await this.#live.close(last, FLUSH_MS);
  }

  /** Resolves when the transcript is whole on the disk. */
  get closed(): Promise<void> {
    return this.#closed;
  }

  tail(): string[] {
    return this.#tail.lines();
  }

  summary(): { bytes: number; events: number; liveCapped: boolean; transcriptCapped: boolean } {
    return {
      bytes: this.#bytes,
      events: this.#n,
      liveCapped: this.#live.capped,
      transcriptCapped: this.#transcript.capped,
    };
  }

  #texts(stream: 'stdout' | 'stderr', texts: string[]): Promise<void> | undefined {
    if (texts.length === 0) return undefined;
    for (const text of texts) this.#tail.push(text);
    return this.#record(texts.map((text) => this.#number({ type: 'output', stream, text })));
  }

  #number(body: Unnumbered): SessionEvent {
    this.#n += 1;
    return { ...body, n: this.#n, at: Date.now() } as SessionEvent;
  }

  #record(events: SessionEvent[]): Promise<void> | undefined {
    for (const event of events) this.#live.push(event);
    return this.#transcript.write(events);
  }
}
