import type { HostStatus } from '../../schemas/fleet.ts';
import type { TaskState } from '../../schemas/task-state.ts';
import type { Paint } from './terminal.ts';

/** States and statuses in the colours that they have everywhere. */
export function paintState(state: TaskState | HostStatus, paint: Paint): string {
  switch (state) {
    case 'done':
    case 'online':
      return paint.green(state);
    case 'running':
    case 'claimed':
    case 'busy':
      return paint.cyan(state);
    case 'failed':
    case 'offline':
      return paint.red(state);
    case 'parked':
    case 'blocked':
    case 'stale':
    case 'draining':
      return paint.yellow(state);
    case 'cancelled':
      return paint.dim(state);
    default:
      return state;
  }
}
