import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ActivityHandler,
  DEFERRED,
  type ServeQueueOptions,
  serveQueue,
} from '../../../workers/host/polling/serve-queue.ts';
import type { ActivityTask } from '../../../workers/host/polling/types.ts';
import { testServer } from '../../support/temporal-server.ts';
import { causeOf, deferred, openWorkbench, uniqueQueue, until, type Workbench } from './support.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench(testServer().address);
});
afterAll(() => bench.close());

/** Serves a queue of its own for as long as `body` runs. */
async function serving(
  handlers: Record<string, ActivityHandler>,
  body: (queue: string) => Promise<void>,
  options: Partial<ServeQueueOptions> = {},
): Promise<void> {
  const queue = uniqueQueue('host');
  const served = serveQueue({ gateway: bench.gateway(), queue, handlers, ...options });
  try {
    await body(queue);
  } finally {
    await served.stop();
  }
}

describe('serveQueue', () => {
  it('runs the handler of each activity type and returns its result [P1]', async () => {
    const handlers = {
      syncRoutes: async (input: unknown) => ({ opened: input }),
      ping: async () => 'pong',
    };
    await serving(handlers, async (queue) => {
      const sync = await bench.submit(queue, { type: 'syncRoutes', input: ['route:any'] });
      const ping = await bench.submit(queue, { type: 'ping' });
      expect(await sync.result()).toEqual({ opened: ['route:any'] });
      expect(await ping.result()).toBe('pong');
    });
  });

  it('runs handlers side by side, up to its concurrency [P1]', async () => {
    const gate = deferred();
    let now = 0;
    let most = 0;
    const handlers = {
      work: async () => {
        now += 1;
        most = Math.max(most, now);
        await gate.promise;
        now -= 1;
        return 'ok';
      },
    };
    await serving(
      handlers,
      async (queue) => {
        const handles = await Promise.all(Array.from({ length: 6 }, () => bench.submit(queue)));
        await until('three run', () => now === 3);
        gate.resolve();
        expect(await Promise.all(handles.map((handle) => handle.result()))).toEqual(Array(6).fill('ok'));
        expect(most).toBe(3);
      },
      { concurrency: 3 },
    );
  });

  it('keeps type, details and finality of what a handler throws, and retries other errors [B4]', async () => {
    const attempts: number[] = [];
    const handlers: Record<string, ActivityHandler> = {
      final: async () => {
        throw ApplicationFailure.nonRetryable('two hosts, one name', 'NameTaken', { since: 1 });
      },
      flaky: async (_input, { task }) => {
        attempts.push(task.attempt);
        if (task.attempt < 3) throw new TypeError('not yet');
        return 'at last';
      },
    };
    await serving(handlers, async (queue) => {
      const final = await bench.submit(queue, { type: 'final' });
      expect(await causeOf(final.result())).toMatchObject({
        type: 'NameTaken',
        message: 'two hosts, one name',
        nonRetryable: true,
        details: [{ since: 1 }],
      });
      const flaky = await bench.submit(queue, { type: 'flaky' });
      expect(await flaky.result()).toBe('at last');
      expect(attempts).toEqual([1, 2, 3]);
    });
  });

  it('names the activities it knows when asked for another [T2]', async () => {
    await serving({ ping: async () => 'pong', probe: async () => [] }, async (queue) => {
      const handle = await bench.submit(queue, { type: 'pong', maximumAttempts: 1 });
      expect(await causeOf(handle.result())).toMatchObject({
        type: 'NotFoundError',
        message: expect.stringContaining('ping, probe'),
      });
    });
  });

  it('tells a handler that heartbeats of a cancellation, and reports it [P2]', async () => {
    const reasons: unknown[] = [];
    const handlers: Record<string, ActivityHandler> = {
      presence: async (_input, { heartbeat, signal }) => {
        for (;;) {
          await heartbeat({ slots: 2 });
          if (signal.aborted) {
            reasons.push(signal.reason);
            throw new Error('told to stop');
          }
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
    };
    await serving(handlers, async (queue) => {
      const handle = await bench.submit(queue, { type: 'presence' });
      await until('it runs', async () => {
        const [activity] = (await handle.describe()).raw.pendingActivities ?? [];
        return activity?.heartbeatDetails !== undefined && activity.heartbeatDetails !== null;
      });
      await handle.cancel();
      expect(await causeOf(handle.result())).toBeInstanceOf(CancelledFailure);
      expect(reasons).toEqual(['cancel-requested']);
    });
  });

  it('lets a handler complete its task later, by its token [P1]', async () => {
    const later: ActivityTask[] = [];
    const handlers: Record<string, ActivityHandler> = {
      probe: async (_input, { task }) => {
        later.push(task);
        return DEFERRED;
      },
    };
    await serving(handlers, async (queue) => {
      const handle = await bench.submit(queue, { type: 'probe' });
      await until('it was deferred', () => later.length === 1);
      const token = Buffer.from(later[0]?.tokenText ?? '', 'base64');
      expect(await bench.gateway().complete(token, ['docker'])).toBe('ok');
      expect(await handle.result()).toEqual(['docker']);
    });
  });

  it('gives back what it runs when it stops, for its successor to take [T3]', async () => {
    const queue = uniqueQueue('host');
    const started = deferred();
    const first = serveQueue({
      gateway: bench.gateway(),
      queue,
      handlers: {
        presence: (_input, { signal }) => {
          started.resolve();
          return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))));
        },
      },
    });
    const handle = await bench.submit(queue, { type: 'presence' });
    await started.promise;
    expect(first.running).toBe(1);
    await first.stop();
    expect(first.running).toBe(0);
    const second = serveQueue({ gateway: bench.gateway(), queue, handlers: { presence: async () => 'mine now' } });
    expect(await handle.result()).toBe('mine now');
    await second.stop();
  });
});
