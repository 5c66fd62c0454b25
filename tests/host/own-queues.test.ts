import { describe, expect, it } from 'vitest';
import { instanceQueue, serveOwnQueues } from '../../workers/host/own-queues.ts';
import type { ActivityGateway } from '../../workers/host/polling/gateway.ts';
import { type ActivityTask, silentLog } from '../../workers/host/polling/types.ts';
import { until } from '../workflows/support.ts';

describe('the queue of a worker', () => {
  it('has no presence of another worker held, which would keep that one alive in the fleet’s eyes [P1]', async () => {
    const given: Partial<ActivityTask>[] = [
      { activityType: 'presence', input: [{ instanceId: 'gone' }] },
      { activityType: 'presence', input: [] },
      { activityType: 'presence', input: [{ instanceId: 'mine' }] },
    ];
    const refused: unknown[] = [];
    const held: ActivityTask[] = [];
    const gateway = {
      identity: 'osa@1',
      connection: 'up',
      poll: (queue: string, signal: AbortSignal) => {
        const task = queue === instanceQueue('osa', 'mine') ? given.shift() : undefined;
        if (task) return Promise.resolve(task);
        return new Promise((resolve) => signal.addEventListener('abort', () => resolve(null)));
      },
      fail: async (task: ActivityTask, error: { type?: string }) => {
        refused.push([task.input[0], error.type]);
        return 'ok';
      },
    } as unknown as ActivityGateway;
    const own = serveOwnQueues({
      ...{ gateway, name: 'osa', instanceId: 'mine', log: silentLog },
      onPresence: (task) => held.push(task),
      onRoutes: () => undefined,
      onHandOver: () => 0,
      onNudge: () => undefined,
      probe: () => Promise.reject(new Error('not asked for')),
    });
    await until(
      async () => held.length + refused.length,
      (count) => count === 3,
    );
    await own.stop();
    expect(held.map(({ input }) => input)).toEqual([[{ instanceId: 'mine' }]]);
    expect(refused).toEqual([
      [{ instanceId: 'gone' }, 'PresenceOfAnother'],
      [undefined, 'PresenceOfAnother'],
    ]);
  });
});
