import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import type { Route } from '../schemas/fleet.ts';
import { routeOf } from '../schemas/route.ts';
import { ColibriRequires, ColibriRoute } from '../schemas/search-attributes.ts';
import { type Demand, widen } from '../schemas/serving.ts';
import { demandOf, type TaskView } from '../schemas/task-view.ts';
import { LISTED_WITHIN_MS, MAX_ROUTES_BYTES, routeBytes } from '../workflows/fleet-routes.ts';
import { taskView } from '../workflows/messages.ts';

const RUNNING_TASKS = "WorkflowType = 'task' AND ExecutionStatus = 'Running'";
/** The most that a stock server gives at once: tasks may be thousands. */
const PAGE_SIZE = 1_000;
/** Tasks of one route that are asked for its tags before it is left for the next time. */
const MAX_ASKED = 3;
const ANSWER_WITHIN_MS = 5_000;
/** All that is asked for tags together; the fleet tells nobody anything meanwhile. */
const ASK_FOR_MS = 30_000;

type Execution = { workflowId: string; runId: string };

/**
 * The routes of all running tasks, each once. Lists tell the tags of most; where an attribute could not hold them all,
 * a task of the route is asked. To be called within an activity; throws what the server throws while listing.
 */
export async function routesInUse(client: Client, since: number): Promise<{ routes: Route[]; all: boolean }> {
  const found = new Map<string, Route>();
  const untold = new Map<string, Execution[]>();
  let bytes = 0;
  const take = (queue: string, demand: Demand) => {
    const route = routeOf(demand);
    // Anyone can start tasks that say anything: their routes must not become more than the fleet can be told.
    if (route.queue !== queue || bytes + routeBytes(route) > MAX_ROUTES_BYTES) return false;
    bytes += routeBytes(route);
    found.set(queue, route);
    untold.delete(queue);
    return true;
  };

  for await (const task of client.workflow.list({ query: RUNNING_TASKS, pageSize: PAGE_SIZE })) {
    goOn();
    const queue = task.typedSearchAttributes.get(ColibriRoute);
    // One that has no route yet asks the fleet itself.
    if (queue === undefined || found.has(queue)) continue;
    // SQLite gives a list that was written empty back with one empty keyword.
    const tags = task.typedSearchAttributes.get(ColibriRequires)?.filter((tag) => tag !== '') ?? [];
    if (take(queue, { tags })) continue;
    const others = untold.get(queue) ?? [];
    if (others.length < MAX_ASKED) untold.set(queue, [...others, task]);
  }
  const askUntil = Date.now() + ASK_FOR_MS;
  for (const [queue, tasks] of [...untold]) {
    if (Date.now() > askUntil) break;
    for (const { workflowId, runId } of tasks) {
      goOn();
      const view = await client
        .withDeadline(Date.now() + ANSWER_WITHIN_MS, () => client.workflow.getHandle(workflowId, runId).query(taskView))
        .catch(() => null);
      if (view !== null && take(queue, offered(view))) break;
    }
  }
  // By the server's clock, as `since` is.
  const listed = Context.current().info.currentAttemptScheduledTimestampMs - since >= LISTED_WITHIN_MS;
  return { routes: [...found.values()], all: listed && untold.size === 0 };
}

/** Says that this is still at work, unless it is to end: half an answer must not pass for the whole. */
function goOn(): void {
  const { cancellationSignal } = Context.current();
  cancellationSignal.throwIfAborted();
  Context.current().heartbeat();
}

/** What the route of a task is for by now. */
function offered(view: TaskView): Demand {
  const { tags, or = [], host } = demandOf(view, Date.now());
  return { tags, or: widen(tags, or), host };
}
