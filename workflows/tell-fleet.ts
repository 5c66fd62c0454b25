import {
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  isCancellation,
  proxyLocalActivities,
  sleep,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import { FLEET_ID } from './rules.ts';

const { startFleet } = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '10s' });

/** A fleet that does not run, because someone ended it, is started again: a host must not fail with it. */
export async function tellFleet(send: (fleet: ExternalWorkflowHandle) => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await send(getExternalWorkflowHandle(FLEET_ID));
    } catch (error) {
      if (isCancellation(error)) throw error;
      await startFleet();
      await sleep('1s');
    }
  }
}
