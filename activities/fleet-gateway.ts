import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import type { FleetView } from '../schemas/fleet.ts';
import type { WaitingVerdict } from '../schemas/host-activities.ts';
import { FLEET_ID, FLEET_QUEUE } from '../schemas/names.ts';
import { routeQueue } from '../schemas/route.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { ensureRoute, fleetView } from '../workflows/messages.ts';

/** A route asked for within this time is known to be open: the fleet closes none that was used within a day. */
const ROUTE_KNOWN_MS = 10 * 60_000;
/** The fleet's view is asked for at most this often, however many tasks are submitted. */
const VIEW_FRESH_MS = 1_000;

/** How the fleet is started, unless it runs. */
const START = {
  workflowId: FLEET_ID,
  taskQueue: FLEET_QUEUE,
  args: [],
  workflowIdConflictPolicy: 'USE_EXISTING' as const,
};

/**
 * What the control worker asks of the fleet, with memory: only a route not asked for lately reaches the fleet workflow,
 * so that it stays cold under load.
 */
export class FleetGateway {
  readonly #client: Client;
  readonly #knownUntil = new Map<string, number>();
  #view: { at: number; value: Promise<FleetView> } | undefined;

  constructor(client: Client) {
    this.#client = client;
  }

  /** Makes sure that the fleet runs. */
  async start(): Promise<void> {
    await this.#client.workflow.start('fleet', START).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }

  /** Opens the route of a tag set unless it is known to be open, and says how it stands. */
  async route(tags: string[]): Promise<WaitingVerdict & { queue: string }> {
    const queue = routeQueue(tags);
    const now = Date.now();
    if ((this.#knownUntil.get(queue) ?? 0) > now) {
      // A fleet that was ended, and started anew, knows the route no more.
      const view = await this.view().catch(() => undefined);
      if (view?.routes.some((route) => route.queue === queue)) return { queue, ...routeVerdict(tags, view.hosts) };
    }
    const verdict = await this.#client.workflow.executeUpdateWithStart(ensureRoute, {
      args: [{ queue, tags }],
      startWorkflowOperation: new WithStartWorkflowOperation('fleet', START),
    });
    this.#knownUntil.set(queue, now + ROUTE_KNOWN_MS);
    return { queue, ...verdict };
  }

  /** Hosts and routes, at most a second old. */
  async view(): Promise<FleetView> {
    const now = Date.now();
    if (this.#view === undefined || now - this.#view.at > VIEW_FRESH_MS) {
      const value = this.#ask();
      this.#view = { at: now, value };
      value.catch(() => {
        this.#view = undefined;
      });
    }
    return this.#view.value;
  }

  async #ask(): Promise<FleetView> {
    const fleet = this.#client.workflow.getHandle(FLEET_ID);
    // One that was ended goes on answering with what it knew last, and nobody would start another.
    const { status } = await fleet.describe();
    if (status.name !== 'RUNNING') throw new Error(`the fleet does not run: ${status.name}`);
    return fleet.query(fleetView);
  }
}
