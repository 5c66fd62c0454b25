import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

type StreamName = 'stdout' | 'stderr';
type OnOutput = (stream: StreamName, chunk: Buffer) => void | Promise<void>;

/**
 * What is still taken of a pipe once the tree is empty: until it ends, else until it is silent for so long, else so
 * many bytes, which is more than a pipe and its reader can hold. More comes only from a process that evaded its end.
 */
const SILENT_MS = 1_000;
const HELD_BYTES = 4 << 20;

/**
 * Hands a process's output to `onOutput`, one piece of each stream at a time. When that throws, `onError` is called
 * once and the rest of the stream is read and dropped, so that the process is not left hanging on a full pipe.
 */
export function pumpOutput(
  streams: Readonly<Record<StreamName, Readable>>,
  onOutput: OnOutput,
  onError: (error: unknown) => void,
): { finish(): Promise<void> } {
  const pumps = (['stdout', 'stderr'] as const).map((name) =>
    pumpStream(streams[name], (chunk) => onOutput(name, chunk), onError),
  );
  return {
    /** Takes what the pipes still hold. To be called when nobody should be left to write to them. */
    async finish() {
      await Promise.all(pumps.map((finish) => finish()));
    },
  };
}

function pumpStream(
  stream: Readable,
  take: (chunk: Buffer) => void | Promise<void>,
  onError: (error: unknown) => void,
): () => Promise<void> {
  let taking = false;
  let lastMs = performance.now();
  let failed = false;
  let bytesLeft = Number.POSITIVE_INFINITY;
  const pump = async () => {
    try {
      for await (const chunk of stream) {
        taking = true;
        bytesLeft -= (chunk as Buffer).length;
        if (!failed) {
          try {
            await take(chunk as Buffer);
          } catch (error) {
            failed = true;
            onError(error);
          }
        }
        taking = false;
        if (bytesLeft < 0) break;
        lastMs = performance.now();
      }
    } catch {
      // The pipe broke or was given up below: its output ends here.
    }
  };
  const done = pump();
  /** A process that evaded its end may hold the pipe open, silently or not. A slow taker is waited for. */
  return async () => {
    lastMs = performance.now();
    bytesLeft = HELD_BYTES;
    const watch = new AbortController();
    const isDone = done.then(() => watch.abort());
    while (!watch.signal.aborted) {
      if (!taking && performance.now() - lastMs > SILENT_MS) stream.destroy();
      await Promise.race([isDone, sleep(100, undefined, { signal: watch.signal }).catch(() => {})]);
    }
  };
}
