import { Context } from '@temporalio/activity';
import { Client, isGrpcServiceError, WithStartWorkflowOperation } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import { ColibriError } from '../../client/errors.ts';
import { taskLogs } from '../../client/logs.ts';
import { showTask } from '../../client/show.ts';
import { retry, transition } from '../../client/task-actions.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { FLEET_ID, FLEET_QUEUE, hostWorkflowId } from '../../schemas/names.ts';
import { routeQueue } from '../../schemas/route.ts';
import { deferred } from '../../workers/deferred.ts';
import { ensureRoute, hostRegistration, setDraining } from '../../workflows/messages.ts';
import type { TestServer } from '../support/temporal-server.ts';
import { type Bench, openRealBench, shortHistoryServer } from './bench.ts';
import { fleetOf, hostIs, standIn } from './host-stand-in.ts';
import { newSession, output, upTo } from './session-stand-in.ts';
import { claim, inState, ownRoute, resultOf, until } from './support.ts';

describe('workflows that live for ever', () => {
  let server: TestServer & { stop(): Promise<void> };
  let bench: Bench;
  beforeAll(async () => {
    server = await shortHistoryServer();
    bench = await openRealBench({}, server);
    await new FleetGateway(bench.client).start();
  });
  afterAll(async () => {
    await bench.close();
    await server.stop();
  });

  const runOf = async (workflowId: string) => (await bench.client.workflow.getHandle(workflowId).describe()).runId;
  const ask = (tags: string[]) =>
    bench.client.workflow.executeUpdateWithStart(ensureRoute, {
      args: [{ queue: routeQueue(tags), tags }],
      startWorkflowOperation: new WithStartWorkflowOperation('fleet', {
        ...{ workflowId: FLEET_ID, taskQueue: FLEET_QUEUE, args: [], workflowIdConflictPolicy: 'USE_EXISTING' },
      }),
    });
  /** An update that comes in the moment of continuing is sent away, and sent again by whoever needs its answer. */
  const open = (tags: string[]) =>
    until(
      () =>
        ask(tags).catch((error: unknown) => {
          if (isGrpcServiceError(error) && error.code === 9) return null;
          throw error;
        }),
      (answer) => answer !== null,
    );

  it('keeps hosts and routes when the fleet continues as new, and tells the hosts all of them [T3]', async () => {
    const host = await standIn(bench, 'domedog', { capabilities: Array.from({ length: 30 }, (_, i) => `t${i}`) });
    await host.register();
    await hostIs(bench.client, 'domedog', 'online');
    const first = await runOf(FLEET_ID);
    for (let i = 0; i < 30; i += 1) await open([`t${i}`]);
    await until(
      () => runOf(FLEET_ID),
      (run) => run !== first,
    );
    const view = await fleetOf(bench.client);
    expect(view.hosts).toEqual([expect.objectContaining({ name: 'domedog', status: 'online' })]);
    expect(view.routes).toHaveLength(30);
    await until(
      async () => host.synced.at(-1)?.routes.length,
      (count) => count === 30,
    );
    host.leave();
    await hostIs(bench.client, 'domedog', 'offline');
    await host.stop();
  });

  it('does not let one host that never answers keep the fleet from continuing as new [T3]', async () => {
    const deaf = await standIn(bench, 'deaf', { capabilities: ['u'] }, async () => {
      throw new Error('never');
    });
    await deaf.register();
    await hostIs(bench.client, 'deaf', 'online');
    const first = await runOf(FLEET_ID);
    for (let i = 0; i < 20; i += 1) await open(['u', `u${i}`]);
    await until(
      () => runOf(FLEET_ID),
      (run) => run !== first,
      40_000,
    );
    expect((await fleetOf(bench.client)).routes.length).toBeGreaterThanOrEqual(20);
    deaf.leave();
    await hostIs(bench.client, 'deaf', 'offline');
    await deaf.stop();
  });

  it('tells only those anew, when the fleet continues as new, who do not know all yet [T3]', async () => {
    let deafUntil = '';
    let toldIn = '';
    const knowing = await standIn(bench, 'knowing', { capabilities: ['k'] });
    const failing = await standIn(bench, 'failing', { capabilities: ['f'] }, async () => {
      const run = await runOf(FLEET_ID);
      if (run === deafUntil) throw new Error('not in this run');
      toldIn = run;
    });
    for (const host of [knowing, failing]) await host.register();
    await open(['k']);
    await until(
      async () => knowing.synced.at(-1)?.routes.length,
      (count) => count === 1,
    );
    const before = knowing.synced.length;
    deafUntil = await runOf(FLEET_ID);
    await open(['f']);
    // Routes of nobody fill the history.
    for (let i = 0; (await runOf(FLEET_ID)) === deafUntil; i += 1) await open([`nobody-${i}`]);
    await until(
      async () => toldIn,
      (run) => run !== '' && run !== deafUntil,
    );
    expect(failing.synced.at(-1)?.routes).toEqual([{ queue: 'route:f', tags: ['f'] }]);
    expect(knowing.synced.length).toBe(before);
    for (const host of [knowing, failing]) {
      host.leave();
      await hostIs(bench.client, host.registration.name, 'offline');
      await host.stop();
    }
  });

  it('keeps a host online, with its registration and a presence, when it continues as new [P2]', async () => {
    const host = await standIn(bench, 'debby', { capabilities: ['x'] });
    await host.register();
    await hostIs(bench.client, 'debby', 'online');
    const workflowId = hostWorkflowId('debby');
    const handle = bench.client.workflow.getHandle(workflowId);
    const first = await runOf(workflowId);
    for (let i = 0; i < 12; i += 1) {
      await handle.executeUpdate(setDraining, { args: [{ draining: i % 2 === 0 }] });
    }
    await until(
      () => runOf(workflowId),
      (run) => run !== first,
    );
    expect(await handle.query(hostRegistration)).toEqual(host.registration);
    await until(
      async () => host.presences.length,
      (count) => count >= 2,
    );
    expect((await hostIs(bench.client, 'debby', 'online')).instanceId).toBe('first');
    host.leave();
    await hostIs(bench.client, 'debby', 'offline');
    await host.stop();
  });

  it('leaves a host that is offline as it is when it continues as new [P2]', async () => {
    const host = await standIn(bench, 'osa', { leaseMs: 2_000 });
    const workflowId = hostWorkflowId('osa');
    const seen: string[] = [];
    let first = '';
    for (let i = 0; i < 12; i += 1) {
      await host.register({ instanceId: `i${i}` });
      first ||= await runOf(workflowId);
      await until(
        async () => host.presences,
        (given) => given.includes(`i${i}`),
      );
      host.leave();
      seen.push((await hostIs(bench.client, 'osa', 'offline')).since);
      if ((await runOf(workflowId)) !== first) break;
    }
    expect(await runOf(workflowId)).not.toBe(first);
    const presences = host.presences.length;
    // A presence would be given at once, and be lost after its lease.
    await new Promise((resolve) => setTimeout(resolve, 3_000));
    const now = (await fleetOf(bench.client)).hosts.find(({ name }) => name === 'osa');
    expect(now).toMatchObject({ status: 'offline', since: seen.at(-1) });
    expect(host.presences.length).toBe(presences);
    await host.stop();
  });

  it('does what is asked of a task that goes on in a new run in that moment [B1] [T3]', async () => {
    const asker = { by: 'ann' };
    const { tag } = ownRoute();
    const { workflowId } = await bench.start({ command: ['x'], requires: [tag] });
    const { id } = await inState(bench.client, workflowId, 'parked');
    const first = await runOf(workflowId);
    const fillHistory = async () => {
      while ((await runOf(workflowId)) === first) {
        const view = await showTask(bench.client, id);
        await retry(bench.client, view, {}, asker).catch((error: unknown) => {
          if (!(error instanceof ColibriError && error.code === 'unreachable')) throw error;
        });
      }
    };
    const { connection, options } = bench.client;
    const late = new Client({
      connection,
      namespace: options.namespace,
      interceptors: {
        workflow: [
          {
            async describe(input, next) {
              const found = await next(input);
              await fillHistory();
              return found;
            },
          },
        ],
      },
    });
    const view = await transition(late, id, { to: 'blocked', reason: 'which one?' }, asker);
    expect(view.state).toBe('blocked');
    expect(view.runId).not.toBe(first);
    await bench.client.workflow.getHandle(workflowId).cancel();
  });

  it('loses no event of a session that continues as new, for readers and watchers alike [S2]', async () => {
    const { tag, queue } = ownRoute();
    const { promise: finished, resolve: finish } = deferred<void>();
    await bench.serve(queue, {
      runAgent: async (input: RunAgentInput) => {
        const attempt = await claim(bench.client, input);
        const beat = setInterval(() => Context.current().heartbeat({ attempt }), 1_000);
        await finished.finally(() => clearInterval(beat));
        return resultOf(input, { attempt });
      },
    });
    const { workflowId } = await bench.start({ command: ['x'], requires: [tag] });
    const { id, sessionId } = await inState(bench.client, workflowId, 'running');
    const session = newSession(bench.client, sessionId ?? '');
    await session.send(output(1));
    const first = await runOf(session.workflowId);
    const watched = watch(bench.client, id);
    for (let n = 2; n <= 60; n += 1) await session.send(output(n));
    await until(
      () => runOf(session.workflowId),
      (run) => run !== first,
    );
    await session.send(output(55, 20), true);
    finish();
    expect(await watched).toEqual(upTo(74));
    expect((await session.read()).numbers).toEqual(upTo(74));
  });
});

/** Follows a task to its end, as `colibri task logs --follow` does. */
async function watch(client: Client, id: string): Promise<number[]> {
  const seen: number[] = [];
  for await (const { event } of taskLogs(client, id, { follow: true })) seen.push(event.n);
  return seen;
}
