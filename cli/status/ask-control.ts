import { WorkflowNotFoundError } from '@temporalio/client';
import { askWorkflow } from '../../client/ask.ts';
import type { Connected } from '../../client/connect.ts';
import type { FleetView } from '../../schemas/fleet.ts';
import { FLEET_ID } from '../../schemas/names.ts';
import { fleetView } from '../../workflows/messages.ts';
import { expected } from '../errors.ts';

/** A control worker that is there answers well within this. */
const ANSWERS_WITHIN_MS = 5_000;

/** Whether a control worker answers, found out by asking it for the fleet. `detail`: why it is taken to be down. */
export async function askControl({
  client,
  connection,
}: Connected): Promise<{ fleet: FleetView; detail: string | null }> {
  const nothing = { hosts: [], routes: [] };
  try {
    const fleet = await connection.withDeadline(Date.now() + ANSWERS_WITHIN_MS, () =>
      askWorkflow(() => client.workflow.getHandle(FLEET_ID).query(fleetView)),
    );
    return { fleet, detail: null };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return { fleet: nothing, detail: 'no control worker has run here yet' };
    const known = expected(error);
    if (known?.code !== 'unreachable') throw error;
    return { fleet: nothing, detail: known.message };
  }
}
