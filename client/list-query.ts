import type { FleetView } from '../schemas/fleet.ts';
import type { ListFilter } from '../schemas/list-filter.ts';
import { isWaiting, type TaskState } from '../schemas/task-state.ts';
import { routeVerdict } from '../schemas/verdict.ts';

/**
 * The query of the server's visibility store that finds these tasks. Null when nothing can match. `scope`: further terms
 * that all of them must meet.
 */
export function listQuery(filter: ListFilter, fleet: FleetView, scope: readonly string[] = []): string | null {
  const terms = ["WorkflowType = 'task'", ...scope];
  if (filter.host !== undefined) terms.push(`ColibriHost = ${quoted(filter.host)}`);
  if (filter.agent !== undefined) terms.push(`ColibriAgent = ${quoted(filter.agent)}`);
  if (filter.project !== undefined) terms.push(`ColibriProject = ${quoted(filter.project)}`);
  if (filter.plan !== undefined) terms.push(`ColibriPlan = ${quoted(filter.plan)}`);
  for (const tag of filter.requires ?? []) terms.push(`ColibriRequires = ${quoted(tag)}`);
  // One term for each word: of several words in one term, SQLite takes any.
  for (const word of filter.name ?? []) terms.push(`ColibriName = ${quoted(word)}`);
  if (filter.since !== undefined) terms.push(`StartTime >= '${new Date(filter.since).toISOString()}'`);
  if (filter.state !== undefined) {
    const state = stateTerms(filter.state, fleet);
    if (state === null) return null;
    terms.push(...state);
  }
  return terms.join(' AND ');
}

const ENDED: Partial<Record<TaskState, string>> = {
  done: "ExecutionStatus = 'Completed'",
  failed: "ExecutionStatus IN ('Failed', 'TimedOut')",
  cancelled: "ExecutionStatus IN ('Canceled', 'Terminated')",
};

/**
 * Whether a waiting task is queued or parked is not written down, but follows from its route. What is not on a parked
 * route is queued: a task just submitted, too, whose route the fleet has not heard of.
 */
function stateTerms(state: TaskState, fleet: FleetView): string[] | null {
  const ended = ENDED[state];
  if (ended !== undefined) return [ended];
  const running = "ExecutionStatus = 'Running'";
  if (!isWaiting(state)) return [running, `ColibriState = ${quoted(state)}`];
  const waiting = [running, "ColibriState IN ('queued', 'parked')"];
  const parked = fleet.routes.filter((route) => routeVerdict(route, fleet.hosts).state === 'parked');
  if (parked.length === 0) return state === 'parked' ? null : waiting;
  const names = parked.map((route) => quoted(route.queue)).join(', ');
  return [...waiting, `ColibriRoute ${state === 'parked' ? 'IN' : 'NOT IN'} (${names})`];
}

/** Text as a query writes it. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
