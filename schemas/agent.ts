import { z } from 'zod';
import { duration } from './duration.ts';
import { TagSet } from './tags.ts';
import { TaskTaken } from './task-requests.ts';

/** An agent's name. Never with `@`: that is how the agents that hosts start are called (`command@debby`). */
export const AgentName = z
  .string()
  .trim()
  .toLowerCase()
  .regex(
    /^[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?$/,
    'an agent name has a-z 0-9 . _ - (at most 63) and starts and ends with a letter or digit',
  )
  .refine((name) => name !== 'operator', '"operator" is who acts under no agent name');

/** SHA-256 of a token, in hexadecimal: all that is kept of it. */
export const TokenHash = z.string().regex(/^[0-9a-f]{64}$/, 'must be a SHA-256 in hexadecimal');

/** How long an agent may be silent. Below two seconds a busy machine would lose its agents. */
export const AgentTimeout = duration({ minMs: 2_000, maxMs: 24 * 3_600_000 });
export const DEFAULT_AGENT_TIMEOUT_MS = 5 * 60_000;

/** What an agent may say of itself. */
export const AGENT_MOODS = ['idle', 'busy', 'away'] as const;
export const AgentMood = z.enum(AGENT_MOODS, { error: `give one of ${AGENT_MOODS.join(', ')}` });
export type AgentMood = z.infer<typeof AgentMood>;

/** `stale`: silent for its time-out. `offline`: silent for a day. */
export const AGENT_STATUSES = [...AGENT_MOODS, 'stale', 'offline'] as const;
export type AgentStatus = (typeof AGENT_STATUSES)[number];

const Label = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .refine((text) => !/[\p{Cc}]/u.test(text), 'contains a control character');

/** What an agent is and can do, as whoever registers it says. `host`: the machine it works on, whose tags it shares. */
export const AgentRegistration = z.object({
  name: AgentName,
  capabilities: TagSet,
  host: z.string().nullable(),
  runtime: Label.nullable(),
  timeoutMs: z.int().min(2_000),
});
export type AgentRegistration = z.infer<typeof AgentRegistration>;

/** `proof`: hash of the token that the registering one has already. `force`: take the name of an agent that is away. */
export const RegisterAgent = z.object({
  registration: AgentRegistration,
  tokenHash: TokenHash,
  proof: TokenHash.nullable(),
  force: z.boolean(),
});
export type RegisterAgent = z.infer<typeof RegisterAgent>;

/** `at`: ISO 8601, since when it is held. */
export const AgentClaim = TaskTaken.extend({ at: z.string() });
export type AgentClaim = z.infer<typeof AgentClaim>;

/** A claim that was lost. `at`: ISO 8601. */
export const LostClaim = z.object({
  taskId: z.string(),
  workflowId: z.string(),
  attempt: z.int(),
  at: z.string(),
  reason: z.string(),
});
export type LostClaim = z.infer<typeof LostClaim>;

/** What an agent's workflow knows, and what one run of it hands to the next. Times are ISO 8601. */
export const AgentState = z.object({
  name: z.string(),
  registration: AgentRegistration.nullable().default(null),
  tokenHash: z.string().default(''),
  registeredAt: z.string().nullable().default(null),
  presence: z.enum(['live', 'stale', 'offline']).default('offline'),
  mood: AgentMood.default('idle'),
  /** When the presence, or what the agent says of itself, last changed. */
  since: z.string().default(''),
  /** When it was last heard, known once it fell silent. */
  seenAt: z.string().nullable().default(null),
  /** Number of presences there were; the activity of the current one is called after it. */
  presences: z.int().default(0),
  claims: z.array(AgentClaim).default([]),
  lost: z.array(LostClaim).default([]),
});
export type AgentState = z.infer<typeof AgentState>;

/** Asks for a presence. `lost`: id of the activity that took no heartbeat any more. */
export const AgentArrival = z.object({ lost: z.string().nullable() });
export type AgentArrival = z.infer<typeof AgentArrival>;

/** Id of the activity whose heartbeats are an agent's presence. */
export function presenceId(state: Pick<AgentState, 'presences'>): string {
  return `presence-${state.presences}`;
}

/** An agent's state as people are told it: one that holds a task is busy, whatever it said last, unless it is away. */
export function agentStatus({ presence, mood, claims }: Pick<AgentState, 'presence' | 'mood' | 'claims'>): AgentStatus {
  if (presence !== 'live') return presence;
  return mood === 'away' || claims.length === 0 ? mood : 'busy';
}
