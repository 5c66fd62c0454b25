import type { Client } from '@temporalio/client';
import type { FleetView } from '../../schemas/fleet.ts';
import { TASK_STATES, type TaskState } from '../../schemas/task-state.ts';
import { routeVerdict } from '../../schemas/verdict.ts';

/** Most routes named in one query. */
const ROUTES_AT_ONCE = 100;

const ENDED: Partial<Record<TaskState, string>> = {
  done: "ExecutionStatus = 'Completed'",
  failed: "ExecutionStatus IN ('Failed', 'TimedOut')",
  cancelled: "ExecutionStatus IN ('Canceled', 'Terminated')",
};
const WAITING = "ExecutionStatus = 'Running' AND ColibriState IN ('queued', 'parked')";

/** How many tasks there are in each state. Whether those that wait are queued or parked is told by the fleet as it is. */
export async function countTasks(client: Client, fleet: FleetView): Promise<Record<TaskState, number>> {
  const count = async (term: string) => (await client.workflow.count(`WorkflowType = 'task' AND ${term}`)).count;
  const counts = await Promise.all(
    TASK_STATES.map((state) => {
      if (state === 'parked') return countParked(count, fleet);
      if (state === 'queued') return count(WAITING);
      return count(ENDED[state] ?? `ExecutionStatus = 'Running' AND ColibriState = '${state}'`);
    }),
  );
  const result = Object.fromEntries(TASK_STATES.map((state, at) => [state, counts[at] ?? 0])) as Record<
    TaskState,
    number
  >;
  // What waits and is not parked is queued; between two counts a task may have moved.
  result.queued = Math.max(0, result.queued - result.parked);
  return result;
}

async function countParked(count: (term: string) => Promise<number>, fleet: FleetView): Promise<number> {
  const parked = fleet.routes.filter((route) => routeVerdict(route, fleet.hosts).state === 'parked');
  let total = 0;
  for (let at = 0; at < parked.length; at += ROUTES_AT_ONCE) {
    const names = parked.slice(at, at + ROUTES_AT_ONCE).map((route) => `'${route.queue}'`);
    total += await count(`${WAITING} AND ColibriRoute IN (${names.join(', ')})`);
  }
  return total;
}
