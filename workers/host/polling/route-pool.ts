import { BacklogBook } from './backlog-book.ts';
import { DECLINE_DELAY_MS, Decliner } from './decliner.ts';
import type { RoutePoolOptions, RoutePoolStats } from './pool-options.ts';
import { RETURN_SLACK_MS, rank } from './rank.ts';
import type { Route, RouteState } from './route-state.ts';
import { RouteTable } from './route-table.ts';
import { Slots } from './slots.ts';
import { Stagger } from './stagger.ts';
import { type ActivityTask, type PollLog, silentLog } from './types.ts';

/** A poll for a task known to wait returns in a few ms; after this the count was stale and the slot serves another route. */
const PERMIT_MS = 150;
/** How long at least a route stays unpolled after it brought a task that this host may not run; it should be closed by then. */
const UNFIT_REST_MS = 5_000;

/**
 * One set of slots over any number of routes.
 *
 * `open`: one poll out on every route, so a task starts at once. When the last slot is taken no poll is sent any more,
 * and what the polls still out bring is declined: at most once per route, as each has one poll. `rationed` begins there
 * (and at start, when much may be waiting): as slots become free the backlogs of the routes *without* a poll are asked (a
 * poll still out proves that its route has nothing), and as many of the best are polled as there are free slots. When
 * nothing waits, all is open again.
 *
 * Rejected: cancelling polls in flight (2 of 95 tasks lost to a time-out), and handing free slots round idle polls (starves).
 */
export class RoutePool {
  readonly #options: RoutePoolOptions;
  readonly #log: PollLog;
  readonly #routes = new RouteTable(() => this.#pump());
  readonly #slots: Slots;
  readonly #book: BacklogBook;
  readonly #decliner: Decliner;
  readonly #opener = new Stagger(() => this.#openNext());
  readonly #pollsOut = new Map<AbortController, Promise<void>>();
  readonly #counts = { polls: 0, taken: 0, fills: 0 };
  #mode: 'open' | 'rationed' = 'rationed';
  #paused: string | undefined;
  #stopped = false;
  #rationing = false;
  #awaitingLink = false;

  constructor(options: RoutePoolOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#slots = new Slots(options.slots);
    this.#book = new BacklogBook((queue) => options.gateway.backlog(queue));
    this.#decliner = new Decliner(options.gateway, this.#log);
  }

  get used(): number {
    return this.#slots.used;
  }

  get slots(): number {
    return this.#slots.total;
  }

  get stats(): RoutePoolStats {
    return {
      routes: this.#routes.open().length,
      pollsOut: this.#pollsOut.size,
      ...this.#counts,
      declined: this.#decliner.count,
      declinesByRoute: this.#routes.declines(),
    };
  }

  /** The routes to serve from now on. One that goes keeps the poll it has out, and what that brings is declined. */
  setRoutes(routes: readonly Route[]): void {
    const opened = this.#routes.replace(routes);
    // Several at once may all have tasks waiting: best first. A single one is polled without asking.
    if (opened > 1) this.#mode = 'rationed';
    this.#pump();
  }

  /** Fewer slots end nothing that runs. */
  setSlots(slots: number): void {
    this.#slots.total = slots;
    if (this.#slots.full) this.#mode = 'rationed';
    this.#pump();
  }

  /** Takes no more tasks: no new polls, and what the polls out bring is declined. */
  pause(reason: string): void {
    this.#paused = reason;
    this.#slots.permits.clear();
  }

  resume(): void {
    this.#paused = undefined;
    this.#mode = 'rationed';
    this.#pump();
  }

  /** Resolves when no slot is used and every decline is delivered. */
  async idle(): Promise<void> {
    while (this.#slots.used > 0 || this.#decliner.pending > 0) {
      await Promise.all([this.#slots.whenUnused(), this.#decliner.settled()]);
    }
  }

  /**
   * Ends polling for good and resolves when no poll is out and every decline is delivered. Without `cancelPolls` that
   * takes up to a minute; with it, a task just being handed over may be lost until its heartbeat time-out: at the very
   * end of a shutdown only. Running tasks are left alone (see `idle`).
   */
  async stop({ cancelPolls = false }: { cancelPolls?: boolean } = {}): Promise<void> {
    this.#stopped = true;
    this.#opener.stop();
    this.#slots.permits.clear();
    this.#routes.stopTimers();
    if (cancelPolls) for (const poll of this.#pollsOut.keys()) poll.abort();
    while (this.#pollsOut.size > 0) await Promise.all(this.#pollsOut.values());
    await this.#decliner.settled();
  }

  #mayPoll(): boolean {
    if (this.#stopped || this.#paused !== undefined || this.#slots.free <= 0 || this.#routes.idle.size === 0)
      return false;
    return this.#linkIsUp();
  }

  /** Called whenever anything changed that may let a poll start. */
  #pump(): void {
    if (!this.#mayPoll()) return;
    // With a slot for every route nothing needs rationing.
    if (this.#routes.size <= this.#slots.free || this.#book.blind) this.#mode = 'open';
    if (this.#mode === 'open') this.#opener.kick();
    else void this.#ration();
  }

  #openNext(): boolean {
    if (this.#mode !== 'open' || !this.#mayPoll()) return false;
    const [route] = this.#routes.idle;
    if (route) this.#start(route);
    return route !== undefined;
  }

  async #ration(): Promise<void> {
    if (this.#rationing) return;
    this.#rationing = true;
    const { idle } = this.#routes;
    while (this.#mode === 'rationed' && this.#mayPoll()) {
      const sawAll = await this.#book.look([...idle]);
      // The world may have moved on while the server was asked.
      if (this.#mode !== 'rationed' || !this.#mayPoll()) break;
      const waiting = rank(idle, performance.now(), Date.now()).slice(0, this.#slots.free);
      for (const { route, priority, dueInMs } of waiting) {
        const lastsMs = dueInMs > 0 ? dueInMs + RETURN_SLACK_MS : PERMIT_MS;
        this.#slots.permits.grant(route, priority, lastsMs, () => this.#pump());
        this.#start(route);
      }
      if (waiting.length > 0 || !sawAll) continue;
      // While a slot is promised more may show itself: that poll, or the end of its promise, brings us back.
      if (this.#slots.permits.size === 0) this.#mode = 'open';
      break;
    }
    this.#rationing = false;
    if (this.#mode === 'open') this.#pump();
  }

  #start(route: RouteState): void {
    this.#routes.pollLeft(route);
    this.#counts.polls += 1;
    const abort = new AbortController();
    this.#pollsOut.set(abort, this.#poll(route, abort));
  }

  async #poll(route: RouteState, abort: AbortController): Promise<void> {
    let task: ActivityTask | null = null;
    let trouble: unknown;
    try {
      task = await this.#options.gateway.poll(route.queue, abort.signal);
    } catch (error) {
      trouble = error;
    }
    this.#pollsOut.delete(abort);
    this.#routes.pollBack(route);
    this.#slots.permits.release(route);
    if (task) this.#admit(route, task);
    if (trouble) this.#troubled(route, trouble);
    else if (!route.resting) route.troubles = 0;
    // A route just polled goes first: it may have more, and need not queue behind those still to be opened.
    if (this.#mode === 'open' && this.#routes.idle.has(route) && this.#mayPoll()) this.#start(route);
    else this.#pump();
  }

  #admit(route: RouteState, task: ActivityTask): void {
    if (this.#stopped || this.#paused !== undefined) {
      this.#decliner.decline(route, task, 'HostDraining', this.#paused ?? 'the host is stopping');
      return;
    }
    const unfit = route.open ? this.#options.qualifies(route, task) : 'the host no longer serves this route';
    if (unfit !== null) {
      this.#decliner.decline(route, task, 'HostUnqualified', unfit);
      // Or the task would come round and round.
      this.#routes.rest(route, UNFIT_REST_MS);
      return;
    }
    if (this.#slots.tryTake(task.priorityKey)) this.#take(route, task);
    else this.#sendBack(route, task);
  }

  #take(route: RouteState, task: ActivityTask): void {
    this.#counts.taken += 1;
    route.sentBack = undefined;
    this.#book.took(route, task.priorityKey);
    if (this.#slots.full) {
      this.#counts.fills += 1;
      this.#mode = 'rationed';
    }
    void this.#run(route, task);
  }

  async #run(route: RouteState, task: ActivityTask): Promise<void> {
    try {
      await this.#options.onTask(task, route);
    } catch (error) {
      this.#log.error({ queue: route.queue, workflowId: task.workflowId, error }, 'a task handler threw');
    }
    this.#slots.giveBack();
    this.#pump();
  }

  #sendBack(route: RouteState, task: ActivityTask): void {
    const { priorityKey: priority, scheduledAt } = task;
    const dueAt = performance.now() + DECLINE_DELAY_MS;
    route.sentBack = { priority, scheduledAt, dueAt, times: (route.sentBack?.times ?? 0) + 1 };
    this.#decliner.decline(route, task, 'HostBusy', `all ${this.#slots.total} slots are in use`);
  }

  #troubled(route: RouteState, error: unknown): void {
    // An outage was said by the gateway, and its end is awaited by all routes together.
    if (!this.#linkIsUp() || this.#stopped) return;
    if (route.troubles === 0) this.#log.warn({ queue: route.queue, error }, 'a poll failed; it is tried again');
    this.#routes.rest(route, 0);
  }

  #linkIsUp(): boolean {
    if (this.#options.gateway.connection === 'up') return true;
    if (this.#awaitingLink) return false;
    this.#awaitingLink = true;
    void this.#options.gateway.whenUp().then(() => {
      this.#awaitingLink = false;
      this.#pump();
    });
    return false;
  }
}
