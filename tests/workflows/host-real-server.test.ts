import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hostWorkflowId } from '../../schemas/names.ts';
import { type Bench, openRealBench } from './bench.ts';
import { fleetOf, hostIs, standIn } from './host-stand-in.ts';
import { until } from './support.ts';

// On the development server: pushes that nobody takes hold the clock of the time-skipping one.
describe('the presence of a host on the real server', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
  });
  afterAll(() => bench.close());

  it('is stale when no worker takes it up [P2]', async () => {
    const host = await standIn(bench, 'osa', { leaseMs: 2_000 });
    await host.stop();
    await host.register();
    await hostIs(bench.client, 'osa', 'online');
    await hostIs(bench.client, 'osa', 'stale');
  });

  it('keeps the word of the registration that comes together with the loss of the old presence [P2]', async () => {
    // Both reach the workflow in one turn when the control worker was away, as when a whole machine restarts.
    const host = await standIn(bench, 'debby', { leaseMs: 2_000 });
    await host.register();
    await until(
      async () => host.presences.length,
      (count) => count === 1,
    );
    await bench.controlWorker.stop();
    host.fallSilent();
    const handle = bench.client.workflow.getHandle(hostWorkflowId('debby'));
    await until(
      async () => (await handle.fetchHistory()).events ?? [],
      (events) => events.some((event) => event.activityTaskTimedOutEventAttributes),
    );
    const registered = host.register({ instanceId: 'after the restart' });
    // Time for the registration to reach the server; were it late, the two would only come one after the other.
    await new Promise((resolve) => setTimeout(resolve, 500));
    const control = await bench.control();
    await registered;
    await until(
      async () => host.presences.at(-1),
      (instance) => instance === 'after the restart',
    );
    const { status, instanceId } = (await fleetOf(bench.client)).hosts.find(({ name }) => name === 'debby') ?? {};
    expect({ status, instanceId }).toEqual({ status: 'online', instanceId: 'after the restart' });
    host.leave();
    await hostIs(bench.client, 'debby', 'offline');
    await host.stop();
    await control.stop();
  });
});
