import type { RoutePool } from './polling/route-pool.ts';

type Cause = 'draining' | 'succeeded' | 'stopping';

/** Whether a host takes tasks: only while no cause holds against it. */
export class Intake {
  readonly #pool: Pick<RoutePool, 'pause' | 'resume'>;
  readonly #causes = new Map<Cause, string>();

  constructor(pool: Pick<RoutePool, 'pause' | 'resume'>) {
    this.#pool = pool;
  }

  get isPaused(): boolean {
    return this.#causes.size > 0;
  }

  pause(cause: Cause, reason: string): void {
    this.#causes.set(cause, reason);
    this.#pool.pause(reason);
  }

  resume(cause: Cause): void {
    this.#causes.delete(cause);
    const [other] = this.#causes.values();
    if (other === undefined) this.#pool.resume();
    else this.#pool.pause(other);
  }
}
