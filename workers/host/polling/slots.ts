import { Permits } from './permits.ts';

/** How many tasks a host runs at once, over all routes. A slot is free, promised to a poll (see Permits), or used. */
export class Slots {
  readonly permits = new Permits();
  total: number;
  #used = 0;
  #waiters: (() => void)[] = [];

  constructor(total: number) {
    this.total = total;
  }

  get used(): number {
    return this.#used;
  }

  /** Neither used nor promised; below zero while more run than `total`, after it was lowered. */
  get free(): number {
    return this.total - this.#used - this.permits.size;
  }

  get full(): boolean {
    return this.#used >= this.total;
  }

  /** Takes a free slot, or one promised to something less urgent. */
  tryTake(priority: number): boolean {
    const fits = this.free > 0 || (!this.full && this.permits.yieldTo(priority));
    if (fits) this.#used += 1;
    return fits;
  }

  giveBack(): void {
    this.#used -= 1;
    if (this.#used === 0) for (const wake of this.#waiters.splice(0)) wake();
  }

  /** Resolves when none is used, at once if that is so. */
  whenUnused(): Promise<void> {
    if (this.#used === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiters.push(resolve));
  }
}
