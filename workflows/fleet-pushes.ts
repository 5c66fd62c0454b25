import { condition, proxyActivities } from '@temporalio/workflow';
import type { FleetHost, Route } from '../schemas/fleet.ts';
import type { OpenRoutes } from './fleet-routes.ts';
import type { HostActivities } from './messages.ts';
import { hostQueue, mayServe } from './rules.ts';

/** Most pushes under way at once. */
const MAX_UNDER_WAY = 8;
/**
 * What the pushes under way may take up together: they may all start in one workflow task, which the server takes up to
 * 4 MB.
 */
const MAX_BYTES_UNDER_WAY = 2_000_000;
/** Wait before a push that failed is tried again: doubled each time, up to the longest. */
const RETRY_MS = 2_000;
const RETRY_MAX_MS = 60_000;

/**
 * Tells hosts the routes that their tags satisfy: one push at a time to a host, so that what comes meanwhile goes with
 * the next, and to a few hosts at once.
 */
export class Pushes {
  readonly #hosts: ReadonlyMap<string, FleetHost>;
  readonly #routes: OpenRoutes;
  /** Hosts that do not know all as it stands, in the order in which they are told. */
  readonly #dirty = new Set<string>();
  /** By queue: a worker that has gone must not keep its successor waiting. */
  readonly #underWay = new Set<string>();
  /** Those that lately failed, and how often in a row. */
  readonly #failures = new Map<string, number>();
  readonly #resting = new Set<string>();

  constructor(hosts: ReadonlyMap<string, FleetHost>, routes: OpenRoutes) {
    this.#hosts = hosts;
    this.#routes = routes;
  }

  /** Hosts still to be told. One that cannot be reached is not among them: it is told when it is back. */
  get dirty(): string[] {
    return [...this.#dirty];
  }

  get noneUnderWay(): boolean {
    return this.#underWay.size === 0;
  }

  /** The host, as it is now, must be told. */
  mark(name: string): void {
    const host = this.#hosts.get(name);
    if (host?.status === 'online' || host?.status === 'draining') this.#dirty.add(name);
    else this.#dirty.delete(name);
  }

  /** All hosts that may serve the route must be told. */
  markMatching(route: Route): void {
    for (const host of this.#hosts.values()) if (mayServe(route, host)) this.mark(host.name);
  }

  /** A host that can be told now. */
  next(): string | undefined {
    const fitting = Math.floor(MAX_BYTES_UNDER_WAY / (this.#routes.bytes + 1));
    if (this.#underWay.size >= Math.min(MAX_UNDER_WAY, Math.max(1, fitting))) return undefined;
    return this.dirty.find((name) => !this.#underWay.has(this.#queueOf(name)) && !this.#resting.has(name));
  }

  /** Tells all that can be told now. */
  start(): void {
    for (let name = this.next(); name !== undefined; name = this.next()) void this.#push(name);
  }

  async #push(name: string): Promise<void> {
    const host = this.#hosts.get(name);
    this.#dirty.delete(name);
    if (host === undefined) return;
    const queue = this.#queueOf(name);
    const { syncRoutes } = proxyActivities<HostActivities>({
      taskQueue: queue,
      scheduleToStartTimeout: '10s',
      startToCloseTimeout: '10s',
      retry: { maximumAttempts: 1 },
    });
    this.#underWay.add(queue);
    try {
      await syncRoutes({ routes: this.#routes.openTo(host), draining: host.status === 'draining' });
      this.#failures.delete(name);
    } catch {
      // A host that has gone is told again when it registers; one that is slow, soon.
      this.mark(name);
      // No wait outlives a fleet that is cancelled: it fails, which must not keep the fleet from ending.
      if (this.#dirty.has(name)) this.#rest(host).catch(() => undefined);
      else this.#failures.delete(name);
    } finally {
      this.#underWay.delete(queue);
    }
  }

  #queueOf(name: string): string {
    return this.#hosts.get(name)?.queue ?? hostQueue(name);
  }

  /** Until it is time to try again, or the host is no longer the one that failed. */
  async #rest(host: FleetHost): Promise<void> {
    const { name } = host;
    const failures = this.#failures.get(name) ?? 0;
    this.#failures.set(name, failures + 1);
    this.#resting.add(name);
    await condition(() => this.#hosts.get(name) !== host, Math.min(RETRY_MS * 2 ** failures, RETRY_MAX_MS));
    this.#resting.delete(name);
  }
}
