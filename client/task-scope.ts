import type { Client } from '@temporalio/client';
import type { FleetView } from '../schemas/fleet.ts';
import { lacking } from '../schemas/serving.ts';
import { isWaiting } from '../schemas/task-state.ts';
import type { TaskLine } from '../schemas/task-view.ts';
import { taskView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { quoted } from './list-query.ts';
import { isAllowed, type Principal, submitterOf } from './permissions.ts';

type AgentPrincipal = Extract<Principal, { kind: 'agent' }>;

/** Tasks asked at once. */
const AT_ONCE = 16;

/**
 * Which tasks an agent may see, as a term of a list's query: its own, and those that wait on a route that its tags satisfy.
 * The server picks them, so that ten thousand tasks of others cost nothing.
 */
export function scopeTerm({ name, capabilities }: AgentPrincipal, fleet: FleetView): string {
  const own = [`ColibriAgent = ${quoted(name)}`, `ColibriSubmitter = ${quoted(submitterOf(name))}`];
  const routes = fleet.routes.filter((route) => lacking(route, { capabilities: [...capabilities] }).length === 0);
  const waits = "ExecutionStatus = 'Running' AND ColibriState IN ('queued', 'parked')";
  const claimable =
    routes.length === 0
      ? []
      : [`(${waits} AND ColibriRoute IN (${routes.map(({ queue }) => quoted(queue)).join(', ')}))`];
  return `(${[...own, ...claimable].join(' OR ')})`;
}

/**
 * Leaves out of listed tasks those that were handed to someone else: lists cannot tell them from those that someone else
 * had last, so these few are asked themselves.
 */
export async function withoutAssigned(client: Client, agent: AgentPrincipal, tasks: TaskLine[]): Promise<TaskLine[]> {
  const unsure = tasks.filter((task) => isWaiting(task.state) && task.agent !== null && task.agent !== agent.name);
  const hidden = new Set<string>();
  for (let at = 0; at < unsure.length; at += AT_ONCE) {
    await Promise.all(
      unsure.slice(at, at + AT_ONCE).map(async ({ workflowId, runId }) => {
        const view = await askWorkflow(() => client.workflow.getHandle(workflowId, runId).query(taskView));
        if (!isAllowed(agent, 'see', view)) hidden.add(runId);
      }),
    );
  }
  return tasks.filter(({ runId }) => !hidden.has(runId));
}
