import type { WorkflowExecutionInfo } from '@temporalio/client';
import { ColibriState } from '../schemas/search-attributes.ts';
import { TaskState } from '../schemas/task-state.ts';

/** The state of a task as the server has it, without asking its workflow: one that waits was last said to be so. */
export function recordedState(info: Pick<WorkflowExecutionInfo, 'status' | 'typedSearchAttributes'>): TaskState {
  const { name } = info.status;
  if (name === 'COMPLETED') return 'done';
  if (name === 'FAILED' || name === 'TIMED_OUT') return 'failed';
  if (name !== 'RUNNING') return 'cancelled';
  return TaskState.catch('queued').parse(info.typedSearchAttributes.get(ColibriState));
}
