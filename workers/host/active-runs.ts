import type { PresenceDetails } from '../../schemas/fleet.ts';
import type { ActiveRun } from './run-agent.ts';

/** The runs in progress on this host. */
export class ActiveRuns {
  readonly #runs = new Map<string, ActiveRun>();
  readonly #onChange: () => void;

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  get size(): number {
    return this.#runs.size;
  }

  /** Returns what takes the run off again. */
  add(run: ActiveRun): () => void {
    this.#runs.set(run.sessionId, run);
    this.#onChange();
    return () => {
      this.#runs.delete(run.sessionId);
      this.#onChange();
    };
  }

  /** Makes the runs of a task ask the server at once whether they are still wanted. */
  nudge(workflowId: string): void {
    for (const run of this.#runs.values()) if (run.workflowId === workflowId) run.nudge();
  }

  list(): PresenceDetails['running'] {
    return [...this.#runs.values()].map(({ taskId, attempt, sessionId, startedAt }) => ({
      taskId,
      attempt,
      sessionId,
      startedAt,
    }));
  }

  sessions(): ReadonlySet<string> {
    return new Set(this.#runs.keys());
  }
}
