import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { Draining, Expecting, HostName, type HostStatus } from '../schemas/fleet.ts';
import { FLEET_ID, FLEET_QUEUE, hostWorkflowId } from '../schemas/names.ts';
import { parseOrThrow } from '../schemas/parse.ts';
import type { HostState } from '../workflows/host.ts';
import { expectHost, forget, hostForgotten, setDraining } from '../workflows/messages.ts';
import { updateWorkflow } from './update.ts';

/** Who drains a host, why, and after how many milliseconds what it still runs is handed over. */
export interface DrainOrder {
  by?: string;
  reason?: string;
  deadlineMs?: number;
}

/** Lets a host take nothing new, or take tasks again. Throws `InvalidInput` naming the field. */
export async function orderDraining(client: Client, name: string, draining: boolean, order: DrainOrder) {
  const input = parseOrThrow(Draining, { draining, ...order }, 'drain');
  await updateWorkflow(() =>
    client.workflow.getHandle(hostWorkflowId(name)).executeUpdate(setDraining, { args: [input as Draining] }),
  );
}

/** Announces a host, so that it is shown as never seen until its worker registers. One that is known stays as it is. */
export async function announceHost(client: Client, name: string, by: string): Promise<{ status: HostStatus }> {
  const parsed = parseOrThrow(HostName, name, 'name of the host');
  const order = parseOrThrow(Expecting, { by }, 'expecting a host');
  const since = new Date().toISOString();
  const state: HostState = { name: parsed, registration: null, status: 'never-seen', since, draining: false };
  return updateWorkflow(() =>
    client.workflow.executeUpdateWithStart(expectHost, {
      args: [order],
      startWorkflowOperation: new WithStartWorkflowOperation('host', {
        workflowId: hostWorkflowId(parsed),
        taskQueue: FLEET_QUEUE,
        args: [state],
        workflowIdConflictPolicy: 'USE_EXISTING',
        staticSummary: `host ${parsed}`,
      }),
    }),
  );
}

/** Takes a host that is offline, or never came, off the fleet. Refused while it is anything else. */
export async function forgetHost(client: Client, name: string): Promise<void> {
  try {
    await updateWorkflow(() => client.workflow.getHandle(hostWorkflowId(name)).executeUpdate(forget));
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
    // Its workflow was ended by hand, so that only the fleet still knows of it.
    await client.workflow.getHandle(FLEET_ID).signal(hostForgotten, { name });
  }
}
