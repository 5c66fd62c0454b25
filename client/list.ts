import type { Client } from '@temporalio/client';
import { executionInfoFromRaw } from '@temporalio/client/lib/helpers.js';
import type { FleetView } from '../schemas/fleet.ts';
import { ListFilter, type ListFilterInput } from '../schemas/list-filter.ts';
import { taskIdOf } from '../schemas/names.ts';
import {
  ColibriAgent,
  ColibriHost,
  ColibriPriority,
  ColibriProject,
  ColibriRequires,
  ColibriRoute,
} from '../schemas/search-attributes.ts';
import type { Demand } from '../schemas/serving.ts';
import { isWaiting, type TaskState } from '../schemas/task-state.ts';
import { TaskLine, type TaskView } from '../schemas/task-view.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { checkInput } from './check-input.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { listQuery } from './list-query.ts';
import type { Principal } from './permissions.ts';
import { readFleet } from './read-fleet.ts';
import { recordedState } from './recorded-state.ts';
import { withoutSuperseded } from './superseded.ts';
import { scopeTerm } from './task-scope.ts';

export interface TaskList {
  tasks: TaskLine[];
  /** Give it as `cursor` for the next page; null on the last. */
  nextCursor: string | null;
}

/** The priority of a task that was started without one. */
const DEFAULT_PRIORITY = 3;
const EMPTY_FLEET: FleetView = { hosts: [], routes: [] };

/**
 * Tasks page by page: first those that have not ended, then the rest, last ended first. Whether a waiting one is queued or
 * parked is told by the fleet as it is now. With `agent`: only those that it may see. Throws `invalid` naming the field.
 */
export async function listTasks(
  client: Client,
  given: ListFilterInput = {},
  agent?: Extract<Principal, { kind: 'agent' }>,
): Promise<TaskList> {
  const filter = checkInput(ListFilter, given, 'the list cannot be filtered so');
  // Only of waiting tasks has the fleet something to say; the others are listed without a control worker, too.
  // What an agent may claim follows from the fleet as well.
  const asked = agent !== undefined || filter.state === undefined || isWaiting(filter.state);
  const fleet = asked ? await readFleet(client) : EMPTY_FLEET;
  const scope = agent === undefined ? [] : [scopeTerm(agent, fleet)];
  const query = listQuery(filter, fleet, scope);
  if (query === null) return { tasks: [], nextCursor: null };
  const page = await client.workflowService.listWorkflowExecutions({
    namespace: client.options.namespace,
    query,
    pageSize: filter.limit,
    nextPageToken: decodeCursor(filter.cursor),
  });
  const infos = await Promise.all(
    page.executions.map((raw) =>
      executionInfoFromRaw(raw, client.options.loadedDataConverter, raw, client.options.namespace),
    ),
  );
  return {
    tasks: await withoutSuperseded(
      client,
      infos.map((info) => line(info, fleet)),
    ),
    nextCursor: encodeCursor(page.nextPageToken),
  };
}

/** A task that is known whole, as a line of a list. */
export function taskLine(view: TaskView): TaskLine {
  return TaskLine.parse(view);
}

type Info = Awaited<ReturnType<typeof executionInfoFromRaw>>;

function line(info: Info, fleet: FleetView): TaskLine {
  const attributes = info.typedSearchAttributes;
  // The server gives an empty list as one of an empty word.
  const requires = attributes.get(ColibriRequires)?.filter((tag) => tag !== '') ?? [];
  return {
    id: taskIdOf(info.workflowId),
    workflowId: info.workflowId,
    runId: info.runId,
    name: typeof info.memo?.name === 'string' ? info.memo.name : taskIdOf(info.workflowId),
    state: stateNow(info, fleet),
    requires,
    route: attributes.get(ColibriRoute) ?? null,
    priority: attributes.get(ColibriPriority) ?? info.priority?.priorityKey ?? DEFAULT_PRIORITY,
    project: attributes.get(ColibriProject) ?? null,
    host: attributes.get(ColibriHost) ?? null,
    agent: attributes.get(ColibriAgent) ?? null,
    submittedAt: info.startTime.toISOString(),
    endedAt: info.closeTime?.toISOString() ?? null,
  };
}

function stateNow(info: Info, fleet: FleetView): TaskState {
  const recorded = recordedState(info);
  return isWaiting(recorded) ? routeVerdict(demandBehind(info, fleet), fleet.hosts).state : recorded;
}

/** What a listed task asks for: its route knows more of it than its tags. */
function demandBehind({ typedSearchAttributes: attributes }: Info, fleet: FleetView): Demand {
  const queue = attributes.get(ColibriRoute) ?? '';
  const tags = attributes.get(ColibriRequires)?.filter((tag) => tag !== '') ?? [];
  return fleet.routes.find((route) => route.queue === queue) ?? { tags };
}
