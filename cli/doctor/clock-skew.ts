import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Connected } from '../../client/connect.ts';
import { epochMsOf } from '../../client/timestamp.ts';

/** temporal.api.enums.v1.TaskQueueType */
const ACTIVITY_QUEUE = 2;
const TRIES = 20;
const LOOK_EVERY_MS = 50;
/** The server refuses long polls that are shorter than 2 s. */
const POLL_MS = 5_000;

/**
 * How far this machine's clock is ahead of the server's, in ms, to about a round trip; null when it cannot be told. No
 * call of Temporal's tells the time, but a queue's description says when each poller was last heard: so we poll a queue
 * of our own, on which nothing ever comes, and look when that was.
 */
export async function clockSkewMs({ connection, namespace }: Connected): Promise<number | null> {
  const identity = `clock-${randomUUID()}`;
  const taskQueue = { name: identity };
  const sentAt = Date.now();
  const done = new AbortController();
  const poll = connection
    .withAbortSignal(done.signal, () =>
      connection.withDeadline(sentAt + POLL_MS, () =>
        connection.workflowService.pollActivityTaskQueue({ namespace, taskQueue, identity }),
      ),
    )
    .catch(() => {});
  try {
    for (let tries = 0; tries < TRIES; tries += 1) {
      const { pollers } = await connection.workflowService.describeTaskQueue({
        namespace,
        taskQueue,
        taskQueueType: ACTIVITY_QUEUE,
      });
      const heard = pollers?.find((poller) => poller.identity === identity)?.lastAccessTime;
      // The poll was heard between its sending and now; the server's clock then stood at `heard`.
      if (heard) return Math.round(sentAt - epochMsOf(heard));
      await delay(LOOK_EVERY_MS);
    }
    return null;
  } finally {
    done.abort();
    await poll;
  }
}
