import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import type { FleetView } from '../schemas/fleet.ts';
import { taskIdOf } from '../schemas/names.ts';
import {
  ColibriAgent,
  ColibriHost,
  ColibriRequires,
  ColibriRoute,
  ColibriState,
} from '../schemas/search-attributes.ts';
import type { Demand } from '../schemas/serving.ts';
import { isWaiting, TaskState } from '../schemas/task-state.ts';
import type { TaskLine } from '../schemas/task-view.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { ColibriError } from './errors.ts';
import { readFleet } from './hosts.ts';

export interface ListFilter {
  state?: TaskState;
  host?: string;
  requires?: readonly string[];
  /** 1 to 1000; default 50. */
  limit?: number;
  cursor?: string;
}

export interface TaskList {
  tasks: TaskLine[];
  /** Give it as `cursor` for the next page; null on the last. */
  nextCursor: string | null;
}

/**
 * Tasks page by page: first those that have not ended, then the rest, last ended first. Whether a waiting one is queued or
 * parked is told by the fleet as it is now.
 */
export async function listTasks(client: Client, filter: ListFilter = {}): Promise<TaskList> {
  const fleet = await readFleet(client);
  const query = visibilityQuery(filter, fleet);
  if (query === null) return { tasks: [], nextCursor: null };
  const page = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize: filter.limit ?? 50,
    nextPageToken: decodeCursor(filter.cursor),
  });
  const infos = await Promise.all(
    page.executions.map((raw) =>
      executionInfoFromRaw(raw, client.options.loadedDataConverter, raw, client.options.namespace),
    ),
  );
  const token = page.nextPageToken;
  return {
    tasks: infos.map((info) => line(info, fleet)),
    nextCursor: token && token.length > 0 ? Buffer.from(token).toString('base64url') : null,
  };
}

type Info = Awaited<ReturnType<typeof executionInfoFromRaw>>;

function line(info: Info, fleet: FleetView): TaskLine {
  const attributes = info.typedSearchAttributes;
  const requires = attributes.get(ColibriRequires) ?? [];
  return {
    id: taskIdOf(info.workflowId),
    workflowId: info.workflowId,
    runId: info.runId,
    name: typeof info.memo?.name === 'string' ? info.memo.name : taskIdOf(info.workflowId),
    state: stateNow(info, fleet),
    requires,
    route: attributes.get(ColibriRoute) ?? null,
    host: attributes.get(ColibriHost) ?? null,
    agent: attributes.get(ColibriAgent) ?? null,
    submittedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
  };
}

function stateNow(info: Info, fleet: FleetView): TaskState {
  const { name } = info.status;
  if (name === 'COMPLETED') return 'done';
  if (name === 'FAILED' || name === 'TIMED_OUT') return 'failed';
  if (name !== 'RUNNING') return 'cancelled';
  const recorded = TaskState.catch('queued').parse(info.typedSearchAttributes.get(ColibriState));
  return isWaiting(recorded) ? routeVerdict(demandBehind(info, fleet), fleet.hosts).state : recorded;
}

/** What a listed task asks for: its route knows more of it than its tags. */
function demandBehind({ typedSearchAttributes: attributes }: Info, fleet: FleetView): Demand {
  const queue = attributes.get(ColibriRoute) ?? '';
  const tags = attributes.get(ColibriRequires)?.filter((tag) => tag !== '') ?? [];
  return fleet.routes.find((route) => route.queue === queue) ?? { tags };
}

/** Null when the filter can match nothing. */
function visibilityQuery(filter: ListFilter, fleet: FleetView): string | null {
  const terms = ["WorkflowType = 'task'"];
  if (filter.host !== undefined) terms.push(`ColibriHost = ${quoted(filter.host)}`);
  for (const tag of filter.requires ?? []) terms.push(`ColibriRequires = ${quoted(tag)}`);
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

function stateTerms(state: TaskState, fleet: FleetView): string[] | null {
  const ended = ENDED[state];
  if (ended !== undefined) return [ended];
  const running = "ExecutionStatus = 'Running'";
  if (!isWaiting(state)) return [running, `ColibriState = ${quoted(state)}`];
  const routes = fleet.routes.filter((route) => routeVerdict(route, fleet.hosts).state === state);
  if (routes.length === 0) return null;
  return [
    running,
    "ColibriState IN ('queued', 'parked')",
    `ColibriRoute IN (${routes.map((r) => quoted(r.queue)).join(', ')})`,
  ];
}

function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function decodeCursor(cursor: string | undefined): Uint8Array {
  if (cursor === undefined) return new Uint8Array();
  if (!/^[A-Za-z0-9_-]+$/.test(cursor))
    throw new ColibriError('invalid', 'cursor: give the nextCursor of an earlier answer');
  return Buffer.from(cursor, 'base64url');
}
