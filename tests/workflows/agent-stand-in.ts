import type { Client } from '@temporalio/client';
import { Agents } from '../../client/agents.ts';
import { OPERATOR } from '../../client/permissions.ts';
import type { AgentState, AgentStatus } from '../../schemas/agent.ts';
import { agentWorkflowId, FLEET_QUEUE } from '../../schemas/names.ts';
import type { TaskTaken } from '../../schemas/task-requests.ts';
import { agentState, taskTaken } from '../../workflows/messages.ts';
import type { Bench } from './bench.ts';
import { until } from './support.ts';

export function agentsOf(bench: Bench): Agents {
  return new Agents(bench.client, OPERATOR);
}

export function stateOf(client: Client, name: string): Promise<AgentState | null> {
  return client.workflow.getHandle(agentWorkflowId(name)).query(agentState);
}

export function agentIs(agents: Agents, name: string, status: AgentStatus) {
  return until(
    () => agents.show(name),
    (agent) => agent.status === status,
  );
}

/**
 * A workflow that holds an activity kept up by heartbeats from outside, as a task does that an agent has claimed: the
 * presence of another agent is one.
 */
export async function heldTask(bench: Bench, taskId: string): Promise<TaskTaken> {
  await agentsOf(bench).register({ name: taskId, timeout: '10m' });
  const handle = bench.client.workflow.getHandle(agentWorkflowId(taskId));
  const { runId } = await handle.describe();
  return { taskId, workflowId: handle.workflowId, runId, activityId: 'presence-1', attempt: 1 };
}

/** Tells an agent that it has taken a task, as the task does. */
export function take(client: Client, name: string, taken: TaskTaken): Promise<void> {
  return client.workflow.getHandle(agentWorkflowId(name)).signal(taskTaken, taken);
}

/** What a workflow was asked to give back, in order. */
export async function askedBack(client: Client, workflowId: string): Promise<unknown[]> {
  const { events } = await client.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) =>
    signal?.signalName === 'giveBack'
      ? [JSON.parse(Buffer.from(signal.input?.payloads?.[0]?.data ?? []).toString())]
      : [],
  );
}

/** Starts an agent's workflow as someone does who knows no better. */
export function startRaw(client: Client, workflowId: string, input: unknown) {
  return client.workflow.start('agent', { workflowId, taskQueue: FLEET_QUEUE, args: [input] });
}
