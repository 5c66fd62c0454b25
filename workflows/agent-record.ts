import type { AgentState, LostClaim, RegisterAgent } from '../schemas/agent.ts';
import type { TaskTaken } from '../schemas/task-requests.ts';
import { iso } from './iso.ts';
import { presenceId } from './rules.ts';

/** Lost claims that are kept to be told: the latest. */
const MAX_LOST = 20;

/** What an agent's workflow knows of it. Pure: times are given, nothing is awaited, so that replay gives the same record. */
export class AgentRecord {
  readonly state: AgentState;

  constructor(state: AgentState) {
    this.state = state;
  }

  get timeoutMs(): number {
    return this.state.registration?.timeoutMs ?? 0;
  }

  /** True when the token it had goes on to hold, which who has it can show. */
  register({ registration, tokenHash, proof }: RegisterAgent, at: number): boolean {
    const { state } = this;
    const kept = proof !== null && proof === state.tokenHash;
    if (!kept) Object.assign(state, { tokenHash, registeredAt: iso(at), mood: 'idle', lost: [] });
    const sameTimeout = state.registration?.timeoutMs === registration.timeoutMs;
    state.registration = registration;
    if (state.presence !== 'live' || !sameTimeout) this.appear(at);
    return kept;
  }

  /** It is heard of. `lost`: the presence that its heartbeat did not reach, of which it may hear before its workflow does. */
  arrive(lost: string | null, at: number): void {
    if (this.state.presence !== 'live' || lost === presenceId(this.state)) this.appear(at);
  }

  /** A new presence is due. */
  appear(at: number): void {
    this.#become('live', at);
    this.state.seenAt = null;
    this.state.presences += 1;
  }

  fallSilent(at: number): void {
    this.#become('stale', at);
    this.state.seenAt = iso(at - this.timeoutMs);
  }

  goOffline(at: number): void {
    this.#become('offline', at);
  }

  /** For how long it has been silent, in ms. */
  silentMs(at: number): number {
    return at - Date.parse(this.state.seenAt ?? this.state.since);
  }

  setMood(mood: AgentState['mood'], at: number): void {
    if (this.state.mood !== mood) this.state.since = iso(at);
    this.state.mood = mood;
  }

  /** It took an attempt. Who takes one is there, and what is held must have a presence whose loss gives it back. */
  take(taken: TaskTaken, at: number): void {
    const { state } = this;
    const isOther = ({ workflowId }: { workflowId: string }) => workflowId !== taken.workflowId;
    state.claims = [...state.claims.filter(isOther), { ...taken, at: iso(at) }];
    state.lost = state.lost.filter(isOther);
    if (state.presence !== 'live') this.appear(at);
  }

  /** An attempt is its no more; word of an older one than it holds says nothing. */
  letGo(
    { workflowId, attempt, lost, reason }: { workflowId: string; attempt: number; lost: boolean; reason: string },
    at: number,
  ): void {
    const held = this.state.claims.find((claim) => claim.workflowId === workflowId && claim.attempt <= attempt);
    if (held === undefined) return;
    this.state.claims = this.state.claims.filter((claim) => claim !== held);
    if (lost) this.#remember([held], reason, at);
  }

  /** Takes all its claims from it, and gives them. */
  loseAll(reason: string, at: number): AgentState['claims'] {
    const { claims } = this.state;
    this.state.claims = [];
    this.#remember(claims, reason, at);
    return claims;
  }

  #remember(claims: AgentState['claims'], reason: string, at: number): void {
    const lost = claims.map(
      ({ taskId, workflowId, attempt }): LostClaim => ({ taskId, workflowId, attempt, at: iso(at), reason }),
    );
    this.state.lost = [...this.state.lost, ...lost].slice(-MAX_LOST);
  }

  #become(presence: AgentState['presence'], at: number): void {
    if (this.state.presence !== presence) this.state.since = iso(at);
    this.state.presence = presence;
  }
}
