import { WorkflowUpdateFailedError } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';

/** Updates a workflow; what it refuses comes as `refused`, in its own words. */
export async function updateWorkflow<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await askWorkflow(run);
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError) {
      const cause = error.cause instanceof ApplicationFailure ? error.cause.message : error.message;
      throw new ColibriError('refused', cause, undefined, { cause: error });
    }
    throw error;
  }
}
