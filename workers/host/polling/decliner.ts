import type { ActivityGateway } from './gateway.ts';
import type { DeclineReason, RouteState } from './route-state.ts';
import type { ActivityTask, PollLog } from './types.ts';

/** When a declined task is offered again: time for another host to be asked, short enough to cost nobody anything. */
export const DECLINE_DELAY_MS = 200;
/** A decline that cannot be delivered in this time is left to the task's heartbeat time-out. */
const DELIVER_WITHIN_MS = 20_000;

/**
 * Sends tasks back to their queue: a retryable failure with a short delay of its own. Temporal counts it as an attempt of
 * the activity, which is why the activity's retries must be unlimited; nothing here reaches an agent.
 */
export class Decliner {
  readonly #gateway: Pick<ActivityGateway, 'fail' | 'identity'>;
  readonly #log: PollLog;
  readonly #inFlight = new Set<Promise<void>>();
  count = 0;

  constructor(gateway: Pick<ActivityGateway, 'fail' | 'identity'>, log: PollLog) {
    this.#gateway = gateway;
    this.#log = log;
  }

  decline(route: RouteState, task: ActivityTask, type: DeclineReason, why: string): void {
    this.count += 1;
    route.countDecline(type);
    this.#log.debug({ queue: route.queue, workflowId: task.workflowId, reason: type, why }, 'task declined');
    const sent = this.#send(task, type, why).finally(() => this.#inFlight.delete(sent));
    this.#inFlight.add(sent);
  }

  /** Resolves when every decline so far was delivered or given up. */
  async settled(): Promise<void> {
    while (this.#inFlight.size > 0) await Promise.all(this.#inFlight);
  }

  get pending(): number {
    return this.#inFlight.size;
  }

  async #send(task: ActivityTask, type: DeclineReason, why: string): Promise<void> {
    const failure = { type, message: `${this.#gateway.identity}: ${why}`, nextRetryDelayMs: DECLINE_DELAY_MS };
    try {
      await this.#gateway.fail(task, failure, DELIVER_WITHIN_MS);
    } catch (error) {
      this.#log.warn(
        { workflowId: task.workflowId, error },
        'a decline was not delivered; the task waits for its time-out',
      );
    }
  }
}
