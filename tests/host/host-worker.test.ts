import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connected, connect } from '../../client/connect.ts';
import { hostWorkflowId } from '../../schemas/names.ts';
import { deferred } from '../../workers/deferred.ts';
import { type HostWorker, startHostWorker } from '../../workers/host/host-worker.ts';
import type { HostWorkerOptions } from '../../workers/host/host-worker-options.ts';
import type { Probe } from '../../workers/probes/index.ts';
import { probeHost } from '../../workflows/messages.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { type Bench, openRealBench } from '../workflows/bench.ts';
import { fleetOf, hostIs } from '../workflows/host-stand-in.ts';
import { until } from '../workflows/support.ts';

const LEASE_MS = 3_000;
const LEASES_AWAY = 4;

describe('the worker of a host', () => {
  let bench: Bench;
  let connected: Connected;
  let home: string;
  let worker: Promise<HostWorker> | undefined;

  beforeEach(async () => {
    const server = await testNamespace();
    bench = await openRealBench({}, server);
    connected = await connect({ env: { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace } });
    home = mkdtempSync(join(tmpdir(), 'host-'));
    worker = undefined;
  });
  afterEach(async () => {
    await (await worker)?.stop();
    await connected?.close();
    await bench?.close();
    rmSync(home, { recursive: true, force: true });
  });

  function start(options: Partial<HostWorkerOptions>): Promise<HostWorker> {
    worker = startHostWorker({
      ...{
        connected,
        home,
        name: 'osa',
        slots: 1,
        log: pino({ level: 'silent' }),
        leaseMs: 30_000,
        reprobeMs: 3_600_000,
      },
      ...{ addCapabilities: [], hideCapabilities: [] },
      ...{ liveLimitBytes: 1_000, transcriptLimitBytes: 1_000, transcriptsKeepMs: 1_000, skillCacheBytes: 1_000 },
      ...options,
    });
    return worker;
  }

  const handle = () => bench.client.workflow.getHandle(hostWorkflowId('osa'));
  const activities = async () => (await handle().describe()).raw.pendingActivities ?? [];

  async function registrations(): Promise<number> {
    const { events } = await handle().fetchHistory();
    const names = (events ?? []).map(
      (event) => event.workflowExecutionUpdateAcceptedEventAttributes?.acceptedRequest?.input?.name,
    );
    return names.filter((name) => name === 'register').length;
  }

  it(`registers once when the control worker comes back after ${LEASES_AWAY} leases [P2]`, async () => {
    await bench.controlWorker.stop();
    const joined = start({ capabilities: ['linux'], leaseMs: LEASE_MS });
    await delay(LEASES_AWAY * LEASE_MS);
    await bench.control();
    await joined;
    await hostIs(bench.client, 'osa', 'online');
    // Its presence is held, and no registration that was late ends it.
    await until(activities, (pending) =>
      pending.some(({ activityType, heartbeatDetails }) => activityType?.name === 'presence' && heartbeatDetails),
    );
    expect(await registrations()).toBe(1);
  });

  it('and the fleet agree on what it can do after a look that was asked for ended in the midst of another [R2] [R4]', async () => {
    const gate = deferred<void>();
    let looks = 0;
    /** There; hidden from the third look alone. The second, of the timer, takes its time. */
    const tool: Probe = {
      name: 'tool',
      tags: ['tool'],
      timeoutMs: 15_000,
      async run() {
        looks += 1;
        const look = looks;
        if (look === 2) await gate.promise;
        return [{ tag: 'tool', found: look !== 3, how: `look ${look}` }];
      },
    };
    await start({ probes: new Map([['tool', tool]]), reprobeMs: 1_000 });
    await hostIs(bench.client, 'osa', 'online');
    await until(
      async () => looks,
      (count) => count === 2,
    );
    const asked = handle().executeUpdate(probeHost);
    // The host has the request; where looks overlap, the third ends now and the fleet is told.
    await Promise.race([
      asked,
      until(activities, (pending) => pending.some((one) => one.activityType?.name === 'probe' && one.lastStartedTime)),
    ]);
    gate.resolve();
    expect((await asked).capabilities).toEqual([]);
    await until(
      async () => (await fleetOf(bench.client)).hosts[0]?.capabilities,
      (tags) => tags?.join() === 'tool',
    );
  });
});
