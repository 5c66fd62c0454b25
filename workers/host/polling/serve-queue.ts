import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { backoffMs, pause } from './backoff.ts';
import type { ActivityGateway, HeartbeatAnswer } from './gateway.ts';
import { type ActivityTask, type PollLog, type Settled, silentLog } from './types.ts';

/** Returned by a handler that completes its task later, by its token. */
export const DEFERRED: unique symbol = Symbol('completed later, by token');

export type AbortReason = 'cancel-requested' | 'lost' | 'stopping';

export interface HandlerContext {
  readonly task: ActivityTask;
  /**
   * One acknowledged heartbeat. When it says `cancel-requested` or `lost`, `signal` is aborted too.
   * @throws when the server does not answer in time.
   */
  heartbeat(details?: unknown, deadlineMs?: number): Promise<HeartbeatAnswer>;
  /** Aborted with an `AbortReason`. */
  readonly signal: AbortSignal;
}

/** Gets the activity's first argument. What it returns is the result, what it throws the failure. */
export type ActivityHandler = (input: unknown, context: HandlerContext) => Promise<unknown>;

export interface ServeQueueOptions {
  readonly gateway: ActivityGateway;
  readonly queue: string;
  /** By activity type. */
  readonly handlers: Readonly<Record<string, ActivityHandler>>;
  /** Handlers at once; at this number polling waits. Deferred tasks no longer count. */
  readonly concurrency?: number;
  readonly log?: PollLog;
}

export interface ServedQueue {
  readonly running: number;
  /**
   * Ends polling, aborts the handlers' signals with 'stopping' and resolves when all have ended and reported. Polls are
   * cancelled: what that may lose has a heartbeat time-out or a caller that asks again.
   */
  stop(): Promise<void>;
}

const POLLS = 2;

/** Serves the activities that are meant for this host alone, whether or not a slot is free. */
export function serveQueue(options: ServeQueueOptions): ServedQueue {
  const { gateway, queue, handlers, concurrency = 100, log = silentLog } = options;
  const stopping = new AbortController();
  const polling = new Set<AbortController>();
  const running = new Map<Promise<void>, AbortController>();
  let polls = 0;
  let troubles = 0;
  let allPollsBack = () => {};

  const fill = () => {
    while (!stopping.signal.aborted && polls < POLLS && polls + running.size < Math.max(1, concurrency)) {
      polls += 1;
      void pollOnce().finally(() => {
        polls -= 1;
        if (polls === 0) allPollsBack();
        fill();
      });
    }
  };

  const pollOnce = async () => {
    // The SDK never lets go of a signal it was given: each poll gets one of its own.
    const poll = new AbortController();
    polling.add(poll);
    try {
      const task = await gateway.poll(queue, poll.signal);
      troubles = 0;
      if (!task) return;
      if (stopping.signal.aborted) await decline(task);
      else start(task);
    } catch (error) {
      troubles += 1;
      if (gateway.connection === 'up') log.warn({ queue, error }, 'a poll failed; it is tried again');
      await pause(backoffMs(troubles), poll.signal);
      await Promise.race([gateway.whenUp(), aborted(poll.signal)]);
    } finally {
      polling.delete(poll);
    }
  };

  const start = (task: ActivityTask) => {
    const abort = new AbortController();
    const done: Promise<void> = handle(task, abort)
      .catch((error) =>
        log.error({ queue, activityType: task.activityType, error }, 'an outcome could not be reported'),
      )
      .finally(() => {
        running.delete(done);
        fill();
      });
    running.set(done, abort);
  };

  const handle = async (task: ActivityTask, abort: AbortController): Promise<void> => {
    const handler = handlers[task.activityType];
    if (!handler) {
      const message = `this host knows no activity "${task.activityType}"; it knows ${Object.keys(handlers).join(', ')}`;
      await gateway.fail(task, { type: 'NotFoundError', message, nextRetryDelayMs: 5_000 });
      return;
    }
    const heartbeat = async (details?: unknown, deadlineMs?: number) => {
      const answer = await gateway.heartbeat(task, details, deadlineMs);
      if (answer.status !== 'ok') abort.abort(answer.status satisfies AbortReason);
      return answer;
    };
    let result: unknown;
    try {
      result = await handler(task.input[0], { task, heartbeat, signal: abort.signal });
    } catch (error) {
      await reportThrown(task, error, abort.signal);
      return;
    }
    if (result !== DEFERRED) await gateway.complete(task, result);
  };

  const reportThrown = async (task: ActivityTask, error: unknown, signal: AbortSignal): Promise<Settled> => {
    if (signal.aborted && signal.reason === 'lost') return 'lost';
    if (signal.aborted && signal.reason === 'cancel-requested') return await gateway.cancelled(task);
    if (signal.aborted && !(error instanceof ApplicationFailure)) return await decline(task);
    if (error instanceof Error && !(error instanceof CancelledFailure)) return await gateway.fail(task, error);
    return await gateway.fail(task, { type: 'Error', message: String(error) });
  };

  const decline = (task: ActivityTask) =>
    gateway.fail(
      task,
      { type: 'HostStopping', message: `${gateway.identity} is stopping`, nextRetryDelayMs: 200 },
      5_000,
    );

  fill();
  return {
    get running() {
      return running.size;
    },
    async stop() {
      const polled = polls === 0 ? undefined : new Promise<void>((resolve) => (allPollsBack = resolve));
      stopping.abort('stopping' satisfies AbortReason);
      for (const poll of polling) poll.abort();
      for (const abort of running.values()) abort.abort('stopping' satisfies AbortReason);
      await polled;
      while (running.size > 0) await Promise.all(running.keys());
    },
  };
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
