import { z } from 'zod';
import { CLAIM_STANDINGS } from '../../client/agent-heartbeat.ts';
import { AGENT_STATUSES } from '../../schemas/agent.ts';

const LostClaimJson = z.strictObject({ taskId: z.string(), attempt: z.int(), at: z.string(), reason: z.string() });

/** `agent show`, `agent status`. */
export const AgentJson = z.strictObject({
  name: z.string(),
  status: z.enum(AGENT_STATUSES),
  why: z.string(),
  since: z.string(),
  registeredAt: z.string().nullable(),
  lastSeenAt: z.string(),
  host: z.string().nullable(),
  runtime: z.string().nullable(),
  capabilities: z.array(z.string()),
  tags: z.array(z.string()),
  timeoutMs: z.number(),
  tasks: z.int(),
  claims: z.array(z.strictObject({ taskId: z.string(), attempt: z.int(), since: z.string() })),
  lost: z.array(LostClaimJson),
});
export type AgentJson = z.infer<typeof AgentJson>;

export const AgentListJson = z.strictObject({ agents: z.array(AgentJson) });
export type AgentListJson = z.infer<typeof AgentListJson>;

/** `token`: null when the one that the agent has goes on to hold. `tokenFile`: where it is kept; null when nowhere. */
export const AgentRegisterJson = z.strictObject({
  agent: AgentJson,
  token: z.string().nullable(),
  tokenFile: z.string().nullable(),
});
export type AgentRegisterJson = z.infer<typeof AgentRegisterJson>;

export const AgentTokenJson = z.strictObject({
  name: z.string(),
  token: z.string(),
  tokenFile: z.string().nullable(),
});
export type AgentTokenJson = z.infer<typeof AgentTokenJson>;

/** `agent heartbeat`; with `--watch` a line for each. */
export const AgentHeartbeatJson = z.strictObject({
  name: z.string(),
  status: z.enum(AGENT_STATUSES),
  returned: z.boolean(),
  timeoutMs: z.number(),
  claims: z.array(
    z.strictObject({
      taskId: z.string(),
      attempt: z.int(),
      since: z.string(),
      standing: z.enum(CLAIM_STANDINGS),
    }),
  ),
  lost: z.array(LostClaimJson),
});
export type AgentHeartbeatJson = z.infer<typeof AgentHeartbeatJson>;

export const AgentUnregisterJson = z.strictObject({ name: z.string(), givenBack: z.array(z.string()) });
export type AgentUnregisterJson = z.infer<typeof AgentUnregisterJson>;
