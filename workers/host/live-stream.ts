import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { CONTROL_QUEUE, sessionWorkflowId } from '../../schemas/names.ts';
import type { SessionEvent, SessionInfo } from '../../schemas/session-event.ts';
import { append } from '../../workflows/messages.ts';
import type { SessionState } from '../../workflows/session.ts';
import { pause } from './polling/backoff.ts';
import type { PollLog } from './polling/types.ts';

/** Events gather for this long before they are sent, so that a chatty agent costs ten signals a second at most. */
const BATCH_MS = 100;
/** One signal's events; the server allows 2 MB. */
const MAX_BATCH_BYTES = 128 * 1024;
const RETRY_MS = 500;

/** As it is sent and kept: a control character takes six bytes there. */
function sizeOf(event: SessionEvent): number {
  return Buffer.byteLength(JSON.stringify(event));
}

export interface LiveStreamOptions {
  client: Client;
  info: SessionInfo & { workflowId: string; runId: string };
  /** Output past this many bytes is not sent: one marker says so. It bounds the session's history and our memory alike. */
  limitBytes: number;
  log: PollLog;
}

/** Sends a session's events to its workflow, in batches, in order, each once. The first batch opens the workflow. */
export class LiveStream {
  readonly #options: LiveStreamOptions;
  #queue: SessionEvent[] = [];
  #sentBytes = 0;
  #opened = false;
  #closing = false;
  #hasOutput = false;
  #sender: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  capped = false;

  constructor(options: LiveStreamOptions) {
    this.#options = options;
  }

  push(event: SessionEvent): void {
    if (event.type === 'output') {
      if (this.capped) return;
      this.#sentBytes += sizeOf(event);
      this.#hasOutput = true;
      if (this.#sentBytes > this.#options.limitBytes) {
        this.capped = true;
        this.#queue.push({ type: 'live-capped', n: event.n, at: event.at, limitBytes: this.#options.limitBytes });
        this.#start();
        return;
      }
    }
    this.#queue.push(event);
    this.#start();
  }

  /**
   * Sends what is left, and closes the session. Waits at most `waitMs`: an agent's result must not hang on its output;
   * sending goes on behind for a while. A session without output is never opened.
   */
  async close(last: SessionEvent, waitMs: number): Promise<void> {
    this.#closing = true;
    if (!this.#hasOutput) return;
    this.#queue.push(last);
    this.#start();
    this.#wake?.();
    const over = new AbortController();
    await Promise.race([this.#sender, pause(waitMs, over.signal)]);
    over.abort();
  }

  /** Output starts the sender; what comes before (the `started` event) goes with it. */
  #start(): void {
    if (!this.#hasOutput || this.#sender) return;
    this.#sender = this.#run().catch((error: unknown) => {
      this.#options.log.warn(
        { session: this.#options.info.sessionId, error },
        'live output could not be sent; the transcript has it',
      );
    });
  }

  async #run(): Promise<void> {
    let closed = false;
    while (!closed) {
      if (!this.#closing) await this.#batchTime();
      const batch = this.#take();
      const ended = this.#closing && this.#queue.length === 0;
      if (batch.length > 0 || ended) await this.#send(batch, ended);
      if (ended) closed = true;
      else if (this.#queue.length === 0 && !this.#closing) {
        this.#sender = undefined;
        return;
      }
    }
  }

  #take(): SessionEvent[] {
    let bytes = 0;
    let count = 0;
    for (const event of this.#queue) {
      bytes += sizeOf(event);
      if (count > 0 && bytes > MAX_BATCH_BYTES) break;
      count += 1;
    }
    return this.#queue.splice(0, count);
  }

  async #send(events: SessionEvent[], ended: boolean): Promise<void> {
    const { client, info, log } = this.#options;
    const workflowId = sessionWorkflowId(info.sessionId);
    for (let tries = 0; ; tries += 1) {
      try {
        if (this.#opened) {
          await client.workflow.getHandle(workflowId).signal(append, { events, ended });
        } else {
          const first: SessionState = { info, last: 0 };
          await client.workflow.signalWithStart('session', {
            workflowId,
            taskQueue: CONTROL_QUEUE,
            args: [first],
            signal: append,
            signalArgs: [{ events, ended }],
            staticSummary: `output of ${info.taskId}, attempt ${info.attempt}, on ${info.host}`,
          });
          this.#opened = true;
        }
        return;
      } catch (error) {
        // Closed by the control side, which took the attempt for lost.
        if (error instanceof WorkflowNotFoundError) return;
        if (this.#closing && tries >= 120) throw error;
        if (tries === 0) log.debug({ session: info.sessionId, error }, 'live output waits for the server');
        await pause(RETRY_MS);
      }
    }
  }

  #batchTime(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(done, BATCH_MS);
      const wake = done;
      this.#wake = wake;
      function done() {
        clearTimeout(timer);
        resolve();
      }
    });
  }
}
