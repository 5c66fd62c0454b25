import type { Route } from '../schemas/fleet.ts';

/**
 * Activities of the control worker: short, close to the server, never on a host. Those that wait for no workflow of their
 * own queue run as local activities.
 */
export interface ControlActivities {
  /**
   * Opens the route of a task if need be, and says how it stands. `requires` comes back with the skill's own added.
   * Fails with type `invalid` when the skill is unknown, or the fleet has no room for another route.
   */
  findRoute(input: { requires: string[]; skill: string | null }): Promise<FoundRoute>;
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
  /** Whether the attempt of a session may still be running. */
  sessionAlive(input: { workflowId: string; runId: string; attempt: number }): Promise<boolean>;
}

export interface FoundRoute {
  queue: string;
  requires: string[];
  leaseMs: number;
  state: 'queued' | 'parked';
  reason: string;
  sentence: string;
}
