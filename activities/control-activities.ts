import type { Route } from '../schemas/fleet.ts';
import type { LimitAsker } from '../schemas/limit.ts';
import type { TaskEnd } from '../schemas/plan-state.ts';
import type { RegisteredSkill, SkillContents, SkillPin, SkillRef } from '../schemas/skill.ts';

/**
 * Activities of the control worker: short, close to the server, never on a host. Those that wait for no workflow of their
 * own queue run as local activities.
 */
export interface ControlActivities {
  /**
   * Opens the route of a task if need be, and says how it stands. `requires` comes back with the skill's own added.
   * Fails with type `invalid` when the skill is unknown or cannot be run so, or the fleet has no room for another route.
   */
  findRoute(input: RouteQuestion): Promise<FoundRoute>;
  /** Asks for a place among the tasks of a key: granted at once, or later by the signal `limitGranted`. */
  acquirePlace(input: { key: string; asker: LimitAsker }): Promise<{ granted: boolean }>;
  /** Never ends by itself: it stands open for the heartbeats of an agent outside. */
  holdClaim(input: { agent: string }): Promise<void>;
  /** Of those that have or want a place, the ones whose tasks have not ended. */
  stillOpen(input: { workflowIds: string[] }): Promise<string[]>;
  /** Starts the fleet unless it runs. */
  startFleet(): Promise<void>;
  /** Asks every host to tell the fleet of itself. */
  askHosts(): Promise<void>;
  /**
   * The routes of all tasks that have not ended, for a fleet that knows none since then (epoch milliseconds). Not `all`
   * when that is so lately that some task may not be listed yet, or when one could not be asked for its tags.
   */
  routesInUse(input: { since: number }): Promise<{ routes: Route[]; all: boolean }>;
  /** Tasks on a route that have not ended. */
  openTasks(input: { queue: string }): Promise<number>;
  /** Whether this text was signed with the private key (Ed25519) of this public one; both as base64. */
  verifySignature(input: { publicKey: string; text: string; signature: string }): Promise<boolean>;
  /** Presence of an agent outside: started here, and kept up by heartbeats that its client sends by the activity's id. */
  agentPresence(input: { name: string }): Promise<void>;
  /** Whether the attempt of a session may still be running. */
  sessionAlive(input: { workflowId: string; runId: string; attempt: number }): Promise<boolean>;
  /** Reads the content of a skill and says what it is. Fails with type `invalid` when it is missing or unsound. */
  inspectSkill(input: SkillRef): Promise<SkillContents>;
  /** What the registry of skills knew that ran before these runs and was ended; nothing when there was none. */
  formerSkills(input: { runIds: string[] }): Promise<{ skills: RegisteredSkill[] }>;
  /** Lets go of contents that are older, not among `keep` (`name@digest`) and not needed by a task that has not ended. */
  sweepSkills(input: { keep: string[]; before: number }): Promise<{ released: number }>;
  /** Waits until one of these tasks has ended, and tells how those ended that have by then, within some 1 MB. */
  awaitTasks(input: { tasks: AwaitedTask[] }): Promise<EndedTask[]>;
}

/** A task of a plan: its name there, and its workflow. */
export interface AwaitedTask {
  name: string;
  workflowId: string;
  runId: string;
}

export interface EndedTask {
  name: string;
  end: TaskEnd;
}

/** What a task asks for. `open`: how many of its alternatives will do already. */
export interface RouteQuestion {
  requires: string[];
  skill: string | null;
  /** What was settled of the skill before. */
  skillPin?: SkillPin | null;
  /** `name@digest` of the content that the submitter saw. */
  skillKey?: string | null;
  /** The task gives no command. */
  bare?: boolean;
  alternatives: string[][];
  open: number;
  prefers: string[];
  /** The host that alone may run it. */
  host: string | null;
  /** Hosts that are not to be asked before others. */
  shunned: string[];
  project: string | null;
  submitter: string | null;
}

/** What is optional was not told by control workers before 0.2. */
export interface FoundRoute {
  queue: string;
  requires: string[];
  leaseMs: number;
  state: 'queued' | 'parked';
  reason: string;
  sentence: string;
  /** The further sets that will do already, and all sets in their order; each with the skill's own tags. */
  or?: string[][];
  sets?: string[][];
  /** Hosts to which it is to be offered alone before, best first. */
  first?: string[];
  fairness?: { key: string; weight: number } | null;
  skillPin?: SkillPin | null;
}
