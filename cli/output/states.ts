import type { AgentStatus } from '../../schemas/agent.ts';
import type { HostStatus } from '../../schemas/fleet.ts';
import type { PlanState, PlanTaskState } from '../../schemas/plan-view.ts';
import type { TaskState } from '../../schemas/task-state.ts';
import type { Paint } from './terminal.ts';

/** A state of anything that has one. */
export type AnyState = AgentStatus | TaskState | HostStatus | PlanTaskState | PlanState;

/** States and statuses in the colours that they have everywhere. */
export function paintState(state: AnyState, paint: Paint): string {
  switch (state) {
    case 'done':
    case 'online':
    case 'idle':
      return paint.green(state);
    case 'running':
    case 'claimed':
    case 'started':
    case 'busy':
      return paint.cyan(state);
    case 'failed':
    case 'offline':
      return paint.red(state);
    case 'never-seen':
      return paint.red(stateText(state));
    case 'parked':
    case 'blocked':
    case 'stale':
    case 'away':
    case 'draining':
      return paint.yellow(state);
    case 'cancelled':
    case 'skipped':
      return paint.dim(state);
    default:
      return state;
  }
}

/** A state in words. */
export function stateText(state: TaskState | HostStatus): string {
  return state.replace('-', ' ');
}
