import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { routeQueue } from '../../schemas/route.ts';
import { type Bench, openRealBench } from './bench.ts';
import { claim, ownRoute, resultOf } from './support.ts';

/** More than a worker of the SDK runs workflow tasks at once (40). */
const WAITING = 60;

describe('a fleet that answers nobody', () => {
  const { tag, queue } = ownRoute();
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench({
      activities: {
        async findRoute({ requires }) {
          if (!requires.includes(tag)) throw new Error('the fleet does not answer');
          const about = { leaseMs: 30_000, state: 'queued' as const, reason: 'starting', sentence: 'about to start' };
          return { queue: routeQueue(requires), requires, ...about };
        },
      },
    });
  });
  afterAll(() => bench.close());

  it(`leaves the worker free for tasks that run, though ${WAITING} others wait for it [P2] [T3]`, async () => {
    const waiting = await Promise.all(Array.from({ length: WAITING }, () => bench.start({ command: ['true'] })));
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => resultOf(input, { attempt: await claim(bench.client, input) }),
    });
    for (let n = 0; n < 5; n += 1) {
      const running = await bench.start({ command: ['true'], requires: [tag] });
      expect(await running.result()).toMatchObject({ outcome: 'succeeded' });
    }
    await Promise.all(waiting.map((handle) => handle.terminate()));
  });
});
