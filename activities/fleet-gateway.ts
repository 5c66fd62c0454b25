import { type Client, WithStartWorkflowOperation, WorkflowNotFoundError } from '@temporalio/client';
import { Fresh } from '../client/fresh.ts';
import { readHosts } from '../client/read-fleet.ts';
import type { FleetView, HostView } from '../schemas/fleet.ts';
import type { WaitingVerdict } from '../schemas/host-activities.ts';
import { FLEET_ID, FLEET_QUEUE } from '../schemas/names.ts';
import { firstChoices } from '../schemas/prefer.ts';
import { routeOf } from '../schemas/route.ts';
import type { Demand } from '../schemas/serving.ts';
import { routeVerdict } from '../schemas/verdict.ts';
import { ensureRoute, fleetView } from '../workflows/messages.ts';

/** A route asked for within this time is known to be open: the fleet closes none that was used within a day. */
const ROUTE_KNOWN_MS = 10 * 60_000;
/** The fleet's view is asked for at most this often, however many tasks are submitted. */
const VIEW_FRESH_MS = 1_000;
/** Slots in use change with every task. */
const HOSTS_FRESH_MS = 300;

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
  readonly #view: Fresh<FleetView>;
  /** With their slots in use. */
  readonly #hosts: Fresh<HostView[]>;

  constructor(client: Client) {
    this.#client = client;
    this.#view = new Fresh(() => this.#ask(), VIEW_FRESH_MS);
    this.#hosts = new Fresh(async () => readHosts(client, await this.#view.get()), HOSTS_FRESH_MS);
  }

  /** Makes sure that the fleet runs. */
  async start(): Promise<void> {
    await this.#client.workflow.start('fleet', START).catch((error: unknown) => {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    });
  }

  /** Opens the route of what is asked for unless it is known to be open, and says how it stands. */
  async route(demand: Demand): Promise<WaitingVerdict & { queue: string }> {
    const route = routeOf(demand);
    const { queue } = route;
    const now = Date.now();
    if ((this.#knownUntil.get(queue) ?? 0) > now) {
      // A fleet that was ended, and started anew, knows the route no more.
      const view = await this.#view.get().catch(() => undefined);
      if (view?.routes.some((open) => open.queue === queue)) return { queue, ...routeVerdict(route, view.hosts) };
    }
    const verdict = await this.#client.workflow.executeUpdateWithStart(ensureRoute, {
      args: [route],
      startWorkflowOperation: new WithStartWorkflowOperation('fleet', START),
    });
    this.#knownUntil.set(queue, now + ROUTE_KNOWN_MS);
    return { queue, ...verdict };
  }

  /** The hosts to which the work is to be offered alone before all may have it, best first, as they were a moment ago. */
  async choices(demand: Demand, prefers: readonly string[], shunned: readonly string[]): Promise<string[]> {
    const hosts = await this.#hosts.get();
    return firstChoices(
      demand,
      prefers,
      hosts.filter(({ name }) => !shunned.includes(name)),
    );
  }

  async #ask(): Promise<FleetView> {
    const fleet = this.#client.workflow.getHandle(FLEET_ID);
    // One that was ended goes on answering with what it knew last, and nobody would start another.
    const { status } = await fleet.describe();
    if (status.name !== 'RUNNING') throw new Error(`the fleet does not run: ${status.name}`);
    return fleet.query(fleetView);
  }
}
