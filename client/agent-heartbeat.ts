import type { Client } from '@temporalio/client';
import { type AgentClaim, type AgentState, type AgentStatus, agentStatus, presenceId } from '../schemas/agent.ts';
import { agentWorkflowId } from '../schemas/names.ts';
import { arrive } from '../workflows/messages.ts';
import { requireAgent } from './agent-registry.ts';
import { beat, type HeldActivity } from './beat.ts';
import { updateWorkflow } from './update.ts';

/** `stop`: the task is to be cancelled, and its agent should end its work. `lost`: someone else may have it already. */
export const CLAIM_STANDINGS = ['held', 'stop', 'lost'] as const;
export type ClaimStanding = (typeof CLAIM_STANDINGS)[number];

/** What a heartbeat answers. Times are ISO 8601. */
export interface AgentHeartbeat {
  name: string;
  status: AgentStatus;
  /** It had been silent for too long, and is there again. */
  returned: boolean;
  timeoutMs: number;
  claims: { taskId: string; attempt: number; since: string; standing: ClaimStanding }[];
  /** Claims that were lost lately, oldest first; one taken again is no longer among them. */
  lost: { taskId: string; attempt: number; at: string; reason: string }[];
}

/** temporal.api.enums.v1.PendingActivityState */
const SCHEDULED = 1;

/**
 * Says that an agent is there and at work: renews its presence and each of its claims, by the ids of their activities, which
 * writes nothing to any history. Brings back an agent that was stale or offline. Throws `not-found`.
 */
export async function heartbeatAgent(client: Client, name: string): Promise<AgentHeartbeat> {
  const { state, returned } = await renewPresence(client, name);
  const claims = await Promise.all(
    state.claims.map(async (claim) => {
      const { taskId, attempt, at: since } = claim;
      return { taskId, attempt, since, standing: await renewClaim(client, name, claim) };
    }),
  );
  return {
    name,
    status: agentStatus(state),
    returned,
    timeoutMs: state.registration?.timeoutMs ?? 0,
    claims,
    lost: state.lost.map(({ taskId, attempt, at, reason }) => ({ taskId, attempt, at, reason })),
  };
}

/** Renews the presence of an agent, or makes it a new one. */
export async function renewPresence(client: Client, name: string): Promise<{ state: AgentState; returned: boolean }> {
  const workflowId = agentWorkflowId(name);
  let lost: string | null = null;
  // A second look: another registration may replace the presence between reading its id and using it.
  for (let looks = 1; looks <= 2; looks += 1) {
    const { state } = await requireAgent(client, name);
    if (state.presence !== 'live') break;
    const activityId = presenceId(state);
    const answer = await renew(client, { workflowId, activityId }, { at: Date.now() });
    if (answer === 'ok') return { state, returned: false };
    lost = activityId;
    if (answer === 'gone') break;
  }
  const handle = client.workflow.getHandle(workflowId);
  const state = await updateWorkflow(() => handle.executeUpdate(arrive, { args: [{ lost }] }));
  return { state, returned: true };
}

async function renewClaim(client: Client, agent: string, claim: AgentClaim): Promise<ClaimStanding> {
  const { workflowId, runId, activityId, attempt } = claim;
  const answer = await renew(client, { workflowId, runId, activityId }, { agent, attempt, at: Date.now() });
  return answer === 'ok' ? 'held' : answer === 'cancelled' ? 'stop' : 'lost';
}

/** Like {@link beat}, for an activity that was started before, or soon will be. */
async function renew(client: Client, activity: HeldActivity, details: unknown): Promise<'ok' | 'cancelled' | 'gone'> {
  const heard = await beat(client, activity, details);
  if (heard !== 'absent') return heard;
  return (await isScheduled(client, activity)) ? 'ok' : 'gone';
}

/** One that waits for the control worker to start it takes no heartbeat yet, and needs none: nothing counts against it. */
async function isScheduled(client: Client, { workflowId, runId, activityId }: HeldActivity): Promise<boolean> {
  const described = await client.workflow
    .getHandle(workflowId, runId)
    .describe()
    .catch(() => null);
  return (
    described?.raw.pendingActivities?.some(
      (pending) => pending.activityId === activityId && pending.state === SCHEDULED,
    ) ?? false
  );
}
