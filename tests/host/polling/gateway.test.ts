import { ApplicationFailure, CancelledFailure, type Payload, TimeoutFailure } from '@temporalio/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testServer } from '../../support/temporal-server.ts';
import { causeOf, nextTask, openWorkbench, uniqueQueue, until, type Workbench } from './support.ts';

let bench: Workbench;

beforeAll(async () => {
  bench = await openWorkbench(testServer().address);
});
afterAll(() => bench.close());

describe('ActivityGateway', () => {
  it('hands a task over with all that the server says of it, and its result back [R4]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('round');
    const before = Date.now();
    const handle = await bench.submit(queue, {
      type: 'runAgent',
      input: { command: ['echo', 'hi'], n: [1, null] },
      heartbeatTimeoutMs: 12_000,
      startToCloseTimeoutMs: 90_000,
      priority: { priorityKey: 2 },
    });
    const task = await nextTask(gateway, queue);
    expect(task).toMatchObject({
      queue,
      activityType: 'runAgent',
      workflowId: handle.workflowId,
      runId: handle.firstExecutionRunId,
      workflowType: 'runOn',
      attempt: 1,
      input: [{ command: ['echo', 'hi'], n: [1, null] }],
      heartbeatDetails: undefined,
      heartbeatTimeoutMs: 12_000,
      startToCloseTimeoutMs: 90_000,
      priorityKey: 2,
    });
    expect(Buffer.from(task.tokenText, 'base64').equals(task.token)).toBe(true);
    expect(task.scheduledAt).toBeGreaterThanOrEqual(before - 5);
    expect(task.startedAt).toBeGreaterThanOrEqual(task.scheduledAt);
    // A worker that was restarted has nothing but the token.
    expect(await gateway.complete(Buffer.from(task.tokenText, 'base64'), { exitCode: 0 })).toBe('ok');
    expect(await handle.result()).toEqual({ exitCode: 0 });
  });

  it('gives undefined back as undefined [R4]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('undefined');
    const handle = await bench.submit(queue);
    await gateway.complete(await nextTask(gateway, queue), undefined);
    expect(await handle.result()).toBeUndefined();
  });

  it('fails an attempt with type, message and details that the workflow can read [B4]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('fail');
    const handle = await bench.submit(queue);
    const failure = { type: 'Invalid', message: 'no such folder', nonRetryable: true, details: ['cwd', { at: 1 }] };
    expect(await gateway.fail(await nextTask(gateway, queue), failure)).toBe('ok');
    const cause = await causeOf(handle.result());
    expect(cause).toBeInstanceOf(ApplicationFailure);
    expect(cause).toMatchObject({ type: 'Invalid', message: 'no such folder', details: ['cwd', { at: 1 }] });
  });

  it('brings a retryable failure back after its own delay, with the last heartbeat [P2]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('retry');
    const handle = await bench.submit(queue);
    const first = await nextTask(gateway, queue);
    expect(await gateway.heartbeat(first, { cursor: 7 })).toEqual({ status: 'ok' });
    const failedAt = performance.now();
    await gateway.fail(first, { type: 'HostLost', message: 'again', nextRetryDelayMs: 1_500 });
    const second = await nextTask(gateway, queue);
    expect(performance.now() - failedAt).toBeGreaterThanOrEqual(1_450);
    expect(second).toMatchObject({ attempt: 2, heartbeatDetails: { cursor: 7 } });
    await gateway.complete(second, 'ok');
    expect(await handle.result()).toBe('ok');
  });

  it('says with a heartbeat that a cancellation was asked for, and reports it carried out [B1]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('cancel');
    const handle = await bench.submit(queue);
    const task = await nextTask(gateway, queue);
    expect(await gateway.heartbeat(task)).toEqual({ status: 'ok' });
    await expect(gateway.cancelled(task)).rejects.toThrow(/not requested|invalid/i);
    await handle.cancel();
    await until('the heartbeat says so', async () => (await gateway.heartbeat(task)).status === 'cancel-requested');
    expect(await gateway.cancelled(task)).toBe('ok');
    expect(await causeOf(handle.result())).toBeInstanceOf(CancelledFailure);
  });

  it('says lost to whoever holds an attempt that timed out, and refuses its result [P3]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('lost');
    const handle = await bench.submit(queue, { heartbeatTimeoutMs: 1_000 });
    const first = await nextTask(gateway, queue);
    const second = await nextTask(gateway, queue);
    expect(second.attempt).toBe(2);
    expect(await gateway.heartbeat(first)).toEqual({ status: 'lost' });
    expect(await gateway.complete(first, 'stale')).toBe('lost');
    expect(await gateway.fail(first, { type: 'X', message: 'stale' })).toBe('lost');
    expect(await gateway.complete(second, 'fresh')).toBe('ok');
    expect(await gateway.complete(second, 'twice')).toBe('lost');
    expect(await handle.result()).toBe('fresh');
  });

  it('tells a heartbeat time-out apart in the workflow when retries are spent [P2]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('timeout');
    const handle = await bench.submit(queue, { heartbeatTimeoutMs: 1_000, maximumAttempts: 1 });
    await nextTask(gateway, queue);
    expect(await causeOf(handle.result())).toBeInstanceOf(TimeoutFailure);
  });

  it('ends a poll at once when it is aborted, without an error [T3]', async () => {
    const gateway = bench.gateway();
    const abort = new AbortController();
    const poll = gateway.poll(uniqueQueue('abort'), abort.signal);
    setTimeout(() => abort.abort(), 50);
    expect(await poll).toBeNull();
    expect(await gateway.poll(uniqueQueue('abort'), abort.signal)).toBeNull();
  });

  it('counts what waits in a queue, by priority where the server tells [R8]', async () => {
    const gateway = bench.gateway();
    const queue = uniqueQueue('backlog');
    const handles = await Promise.all(
      [1, 3, 3, 5].map((priorityKey) => bench.submit(queue, { priority: { priorityKey } })),
    );
    await until('all four wait', async () => (await gateway.backlog(queue)).total === 4);
    // Servers may keep these statistics for some seconds.
    await until('the priorities show', async () => (await gateway.backlog(queue)).byPriority.size === 3);
    const { byPriority } = await gateway.backlog(queue);
    expect([...byPriority].map(([key, { count }]) => [key, count]).sort()).toEqual([
      [1, 1],
      [3, 2],
      [5, 1],
    ]);
    expect(byPriority.get(1)?.ageMs).toBeGreaterThanOrEqual(0);
    const order: number[] = [];
    for (const _ of handles) {
      const task = await nextTask(gateway, queue);
      order.push(task.priorityKey);
      await gateway.complete(task, null);
    }
    expect(order).toEqual([1, 3, 3, 5]);
    await until('nothing waits', async () => (await gateway.backlog(queue)).total === 0);
    expect((await gateway.backlog(queue)).byPriority.size).toBe(0);
    await Promise.all(handles.map((handle) => handle.result()));
  });

  it('gives up reporting to a server that is gone when its deadline passes or its worker stops, and says so once [T3]', async () => {
    const { openHostConnection } = await import('../../../workers/host/polling/connection.ts');
    const connection = openHostConnection({ address: '127.0.0.1:1' });
    const said: string[] = [];
    const gateway = bench.gateway({ connection, onConnection: (state) => said.push(state) });
    await expect(gateway.complete(new Uint8Array([1]), null, 700)).rejects.toThrow(/UNAVAILABLE/);
    await expect(gateway.heartbeat(new Uint8Array([1]))).rejects.toThrow(/UNAVAILABLE|DEADLINE/);
    expect(said).toEqual(['down']);
    expect(gateway.connection).toBe('down');
    // A worker that is told to stop meanwhile does not wait for ten minutes.
    const stopping = new AbortController();
    const reporting = gateway.complete(new Uint8Array([1]), null, 600_000, stopping.signal);
    setTimeout(() => stopping.abort(), 100);
    await expect(reporting).rejects.toThrow(/UNAVAILABLE/);
    gateway.close();
    await connection.close();
  });
});

describe('with a codec', () => {
  /** Turns every byte round and binds it to the workflow, as an encrypting codec may. */
  const codec = {
    encode: async (payloads: Payload[]) => payloads.map((payload) => flip(payload, true)),
    decode: async (payloads: Payload[]) => payloads.map((payload) => flip(payload, false)),
  };
  const flip = (payload: Payload, encoded: boolean): Payload => ({
    metadata: { ...payload.metadata, flipped: Buffer.from(String(encoded)) },
    data: (payload.data ?? new Uint8Array()).map((byte) => byte ^ 0xff),
  });

  it('reads and writes what another side with the same codec reads and writes [T1]', async () => {
    const coded = await openWorkbench(testServer().address, { payloadCodecs: [codec] });
    try {
      const gateway = coded.gateway();
      const queue = uniqueQueue('codec');
      const handle = await coded.submit(queue, { input: 'secret in' });
      const first = await nextTask(gateway, queue);
      expect(first.input).toEqual(['secret in']);
      await gateway.heartbeat(first, 'secret beat');
      await gateway.fail(first, { type: 'HostLost', message: 'again', nextRetryDelayMs: 10 });
      const second = await nextTask(gateway, queue);
      expect(second.heartbeatDetails).toBe('secret beat');
      await gateway.complete(second, 'secret out');
      expect(await handle.result()).toBe('secret out');
      const { history } = await coded.client.workflowService.getWorkflowExecutionHistory({
        namespace: 'default',
        execution: { workflowId: handle.workflowId },
      });
      expect(JSON.stringify(history)).not.toContain(Buffer.from('"secret').toString('base64'));
    } finally {
      await coded.close();
    }
  });

  it('gives back a task whose payloads it cannot read instead of holding it [T2]', async () => {
    const unreadable = {
      encode: async (payloads: Payload[]) => payloads,
      decode: async (): Promise<Payload[]> => {
        throw new Error('no such key');
      },
    };
    const { loadDataConverter } = await import('@temporalio/common/lib/internal-non-workflow/index.js');
    const gateway = bench.gateway({ dataConverter: loadDataConverter({ payloadCodecs: [unreadable] }) });
    const queue = uniqueQueue('unreadable');
    const handle = await bench.submit(queue, { input: 'x', maximumAttempts: 1 });
    expect(await gateway.poll(queue)).toBeNull();
    expect(await causeOf(handle.result())).toMatchObject({ type: 'PayloadUnreadable' });
  });
});
