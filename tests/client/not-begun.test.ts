import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Colibri } from '../../client/colibri.ts';
import { findTask } from '../../client/find-workflow.ts';
import { isNotBegun, viewNotBegun } from '../../client/not-begun.ts';
import { showTask } from '../../client/show.ts';
import { notBegun } from '../../client/wait-reason.ts';
import type { FleetView } from '../../schemas/fleet.ts';
import { CONTROL_QUEUE } from '../../schemas/names.ts';
import { explainWait } from '../../schemas/why.ts';
import { startControlWorker } from '../../workers/control.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';

vi.setConfig({ testTimeout: 120_000 });

const EMPTY: FleetView = { hosts: [], routes: [] };
const FREE = [{ name: 'debby', status: 'online' as const, capabilities: ['tmux'] }];

let server: TestServer;
let colibri: Colibri;

beforeAll(async () => {
  server = await testNamespace();
  colibri = await Colibri.connect({
    env: { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace },
  });
}, 60_000);
afterAll(() => colibri?.close());

describe('a task that the control worker has not come to', () => {
  it('is shown as it was submitted, and the same once the worker has come to it [R6] [B5]', async () => {
    const spec = {
      command: ['make', 'it'],
      requires: ['tmux', 'debian'],
      name: 'pictures',
      project: 'site',
      priority: 2,
    };
    const { id } = await colibri.submit(spec);
    // A fleet that is given needs no worker either: nothing here may ask one.
    const before = await showTask(colibri.client, id, EMPTY);
    expect(before).toMatchObject({ ...spec, requires: ['debian', 'tmux'], id, state: 'parked', route: null });
    expect(isNotBegun(await findTask(colibri.client, id))).toBe(true);

    const log = pino({ level: 'silent' });
    const control = await startControlWorker({ connected: colibri.connected, log, leaseMs: 10_000 });
    try {
      await expect.poll(async () => isNotBegun(await findTask(colibri.client, id)), { timeout: 60_000 }).toBe(false);
      await expect.poll(async () => (await colibri.show(id)).route, { timeout: 60_000 }).not.toBeNull();
      const after = await colibri.show(id);
      const waiting = { route: null, leaseMs: null, ladder: [], history: [] };
      expect({ ...after, ...waiting }).toEqual({ ...before, ...waiting });
    } finally {
      await control.stop();
    }
  });

  it('waits for nothing else when a host is free, and for a host when there is none [R7]', async () => {
    const { id } = await colibri.submit({ command: ['true'], requires: ['tmux'] }, { id: 'not-yet' });
    const view = await showTask(colibri.client, id, EMPTY);
    expect(notBegun(view, explainWait({ tags: view.requires }, FREE))).toMatchObject({ reason: 'not-begun' });
    expect(notBegun(view, explainWait({ tags: view.requires }, []))).toBeNull();
  });

  it('is left to say for itself what is wrong when its input is no task [R6]', async () => {
    const workflowId = 'task/broken';
    const args = [{ command: 7 }];
    const handle = await colibri.client.workflow.start('task', { workflowId, taskQueue: CONTROL_QUEUE, args });
    expect(await viewNotBegun(colibri.client, await findTask(colibri.client, 'broken'))).toBeNull();
    await handle.terminate();
  });
});
