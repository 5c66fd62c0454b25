import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Connected, connect } from '../../client/connect.ts';
import { hostWorkflowId } from '../../schemas/names.ts';
import { type HostWorker, type HostWorkerOptions, startHostWorker } from '../../workers/host/host-worker.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { type Bench, openRealBench } from '../workflows/bench.ts';
import { hostIs } from '../workflows/host-stand-in.ts';
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
      ...{ liveLimitBytes: 1_000, transcriptLimitBytes: 1_000, transcriptsKeepMs: 1_000 },
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
});
