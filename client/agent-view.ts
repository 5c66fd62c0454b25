import { type AgentState, type AgentStatus, agentStatus } from '../schemas/agent.ts';
import { formatDuration } from '../schemas/duration.ts';
import type { FleetView } from '../schemas/fleet.ts';
import type { KnownAgent } from './agent-registry.ts';
import { agentTags } from './agent-tags.ts';
import type { Principal } from './permissions.ts';

/** An agent outside as people are shown it. Times are ISO 8601. */
export interface AgentView {
  name: string;
  status: AgentStatus;
  /** What the status follows from. */
  why: string;
  since: string;
  registeredAt: string | null;
  lastSeenAt: string;
  /** The machine it works on, whose tags it shares while that host's worker is there. */
  host: string | null;
  runtime: string | null;
  /** Its own tags. */
  capabilities: string[];
  /** All that it can do now: its own tags and those of its host. */
  tags: string[];
  timeoutMs: number;
  /** How many tasks it holds. */
  tasks: number;
  /** Which ones; like `lost`, nobody but operators and the agent itself is told. */
  claims: { taskId: string; attempt: number; since: string }[];
  lost: { taskId: string; attempt: number; at: string; reason: string }[];
}

export function agentView({ state, lastSeenAt }: KnownAgent, fleet: FleetView, principal: Principal): AgentView {
  const { capabilities = [], host = null, runtime = null, timeoutMs = 0 } = state.registration ?? {};
  const tells = principal.kind === 'operator' || principal.name === state.name;
  return {
    name: state.name,
    status: agentStatus(state),
    why: why(state, timeoutMs),
    since: state.since,
    registeredAt: state.registeredAt,
    lastSeenAt,
    host,
    runtime,
    capabilities,
    tags: agentTags({ capabilities, host }, fleet),
    timeoutMs,
    tasks: state.claims.length,
    claims: tells ? state.claims.map(({ taskId, attempt, at }) => ({ taskId, attempt, since: at })) : [],
    lost: tells ? state.lost.map(({ taskId, attempt, at, reason }) => ({ taskId, attempt, at, reason })) : [],
  };
}

function why(state: AgentState, timeoutMs: number): string {
  const { presence, mood, claims } = state;
  if (presence === 'stale') return `silent for longer than its time-out of ${formatDuration(timeoutMs)}`;
  if (presence === 'offline') return 'silent for more than a day; it is forgotten after 30 days';
  const holds = `it holds ${claims.length} task${claims.length === 1 ? '' : 's'}`;
  if (mood === 'away') return claims.length > 0 ? `it says so, though ${holds}` : 'it says so';
  if (claims.length > 0) return holds;
  return mood === 'busy' ? 'it says so, and holds no task' : 'it holds no task';
}
