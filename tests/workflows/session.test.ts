import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createActivities } from '../../activities/create-activities.ts';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { deferred } from '../../workers/deferred.ts';
import { append } from '../../workflows/messages.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { type Bench, openBench, openRealBench, type TimeSkippingBench } from './bench.ts';
import { newSession, output, upTo } from './session-stand-in.ts';
import { claim, ended, inState, ownRoute, resultOf, until } from './support.ts';

describe('a session', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench.close());

  const statusOf = async (workflowId: string) =>
    (await bench.client.workflow.getHandle(workflowId).describe()).status.name;
  const closed = (workflowId: string) =>
    until(
      () => statusOf(workflowId),
      (status) => status === 'COMPLETED',
    );

  it('keeps each event once, in order, whatever is sent twice [S2]', async () => {
    const session = newSession(bench.client);
    await session.send(output(1, 3));
    await session.send(output(1, 3));
    await session.send(output(2, 4));
    await session.send(output(6, 1), true);
    await session.send([], true).catch(() => undefined);
    await closed(session.workflowId);
    expect((await session.read()).numbers).toEqual(upTo(6));
  });

  it('tells its result: who, and how many events [S2]', async () => {
    const session = newSession(bench.client);
    await session.send(output(1, 2), true);
    expect(await bench.client.workflow.getHandle(session.workflowId).result()).toMatchObject({
      ...{ taskId: 'k7', attempt: 1, host: 'debby', agent: 'command@debby', events: 2 },
    });
  });

  // A control character takes six bytes in JSON, a Chinese one three.
  it.each(['y', '\u0001', '木'])('gives what it keeps in pages that an answer can hold: %j [S2]', async (character) => {
    const session = newSession(bench.client);
    const text = character.repeat(character === 'y' ? 16_000 : 4_000);
    for (let batch = 0; batch < 16; batch += 1) await session.send(output(1 + batch * 7, 7, text), batch === 15);
    await closed(session.workflowId);
    const { numbers, pages } = await session.read();
    expect(numbers).toEqual(upTo(112));
    expect(pages).toBeGreaterThan(1);
  });

  it('gives a watcher everything until the end, the last batch with the close included [S2]', async () => {
    const session = newSession(bench.client);
    await session.send(output(1));
    const early = session.watch();
    for (let n = 2; n <= 9; n += 1) await session.send(output(n));
    const late = session.watch();
    await session.send(output(10, 3), true);
    expect(await early).toEqual(upTo(12));
    expect(await late).toEqual(upTo(12));
  });

  it('leaves out batches that it cannot read, and passes on kinds of events it does not know [T2]', async () => {
    const session = newSession(bench.client);
    await session.send(output(1));
    const handle = bench.client.workflow.getHandle(session.workflowId);
    for (const body of [undefined, null, {}, { events: [{}], ended: true }, { events: 'x', ended: false }]) {
      await handle.signal<[unknown]>(append.name, body);
    }
    await handle.signal<[unknown]>(append.name, { events: [{ type: 'of the future', n: 2, at: 1 }], ended: false });
    await session.send(output(3), true);
    await closed(session.workflowId);
    expect((await session.read()).numbers).toEqual([1, 2, 3]);
  });

  it('may go on while its attempt may run: not once the task has gone on, has ended or is gone [S2]', async () => {
    const { tag, queue } = ownRoute();
    const { promise: finished, resolve: finish } = deferred<void>();
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        const attempt = await claim(bench.client, input);
        if (attempt === 1) return resultOf(input, { attempt, outcome: 'failed', summary: 'exit code 1' });
        await finished;
        return resultOf(input, { attempt });
      },
    });
    const fleet = new FleetGateway(bench.client);
    const deps = { client: bench.client, fleet, skills: new Map(), defaultLeaseMs: 30_000 };
    const { sessionAlive } = createActivities(deps);
    const { workflowId } = await bench.start({ command: ['x'], requires: [tag], maxAttempts: 2, retryDelay: 0 });
    const { runId } = await until(
      () => inState(bench.client, workflowId, 'running'),
      (view) => view.attempt === 2,
    );
    const alive = (attempt: number) => sessionAlive({ workflowId, runId, attempt });
    expect([await alive(1), await alive(2)]).toEqual([false, true]);
    finish();
    await ended(bench.client, workflowId);
    expect(await alive(2)).toBe(false);
    expect(await sessionAlive({ workflowId: 'task/gone', runId, attempt: 1 })).toBe(false);
  });
});

describe.skipIf(noTimeSkipping())('a session that falls silent', () => {
  let bench: TimeSkippingBench;
  let alive = true;
  let asked = 0;
  beforeAll(async () => {
    bench = await openBench({
      activities: {
        sessionAlive: async () => {
          asked += 1;
          return alive;
        },
      },
    });
  });
  afterAll(() => bench.close());

  it('asks now and then whether its attempt still runs, and closes by itself when it does not [S2]', async () => {
    const session = newSession(bench.client);
    await session.send(output(1, 2));
    const handle = bench.client.workflow.getHandle(session.workflowId);
    await bench.env.sleep('1h');
    expect((await handle.describe()).status.name).toBe('RUNNING');
    expect(asked).toBeGreaterThanOrEqual(4);
    alive = false;
    await bench.env.sleep('21m');
    await until(
      async () => (await handle.describe()).status.name,
      (status) => status === 'COMPLETED',
    );
    expect((await session.read()).numbers).toEqual([1, 2]);
  });
});
