import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { type AgentState, presenceId } from '../schemas/agent.ts';
import { agentWorkflowId } from '../schemas/names.ts';
import { agentState } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { nearestHint } from './nearest-hint.ts';
import { isoOf } from './timestamp.ts';

/** An agent as its workflow knows it, and when its client was last heard. */
export interface KnownAgent {
  state: AgentState;
  lastSeenAt: string;
}

const RUNNING_AGENTS = "WorkflowType = 'agent' AND ExecutionStatus = 'Running'";

/** The agent of this name, or null when none is registered. */
export async function readAgent(client: Client, name: string): Promise<KnownAgent | null> {
  const handle = client.workflow.getHandle(agentWorkflowId(name));
  try {
    const { status, raw } = await handle.describe();
    // One that was ended by hand would go on answering.
    if (status.name !== 'RUNNING') return null;
    const state = await askWorkflow(() => handle.query(agentState));
    if (state === null) return null;
    const pending = raw.pendingActivities?.find(({ activityId }) => activityId === presenceId(state));
    const seen = pending?.lastHeartbeatTime ?? pending?.lastStartedTime;
    return { state, lastSeenAt: seen ? isoOf(seen) : (state.seenAt ?? state.since) };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

/** The agent of this name. Throws `not-found` with the nearest names. */
export async function requireAgent(client: Client, name: string): Promise<KnownAgent> {
  return (await readAgent(client, name)) ?? noSuchAgent(client, name);
}

/** Names of all registered agents, sorted. One that was registered this moment may not be listed yet. */
export async function agentNames(client: Client): Promise<string[]> {
  const names: string[] = [];
  for await (const { workflowId } of client.workflow.list({ query: RUNNING_AGENTS, pageSize: 1_000 })) {
    names.push(workflowId.slice(agentWorkflowId('').length));
  }
  return names.sort();
}

async function noSuchAgent(client: Client, name: string): Promise<never> {
  throw new ColibriError(
    'not-found',
    `there is no agent "${name}"`,
    nearestHint(name, await agentNames(client), `register it: colibri agent register ${name}`),
  );
}
