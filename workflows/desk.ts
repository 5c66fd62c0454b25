/** What somebody asks of a task for which it must leave what it is at. */
interface Ticket {
  /** Throws why it may not be done now. */
  allowed: () => void;
  /** Done once the task has left what it was at. */
  apply: () => Promise<void>;
  done: () => void;
  refused: (error: unknown) => void;
}

/**
 * Where requests to a task wait their turn: one at a time, in the order in which they came. Each is looked at before the
 * task leaves anything for it and once more when it has, since the world may have moved on meanwhile.
 */
export class Desk {
  readonly #tickets: Ticket[] = [];

  /** Waits until the request is done. Throws what `allowed` throws, then or later; nothing has changed then. */
  async ask(allowed: () => void, apply: () => Promise<void>): Promise<void> {
    allowed();
    // No `condition`: a ticket may be refused while conditions are looked at, when its own has been passed already.
    await new Promise<void>((done, refused) => {
      this.#tickets.push({ allowed, apply, done, refused });
    });
  }

  /** Asks without waiting for an answer. What may not be done is not done. */
  put(allowed: () => void, apply: () => Promise<void>): void {
    this.ask(allowed, apply).catch(() => undefined);
  }

  /** Whether a request waits that may be done. Those that may not are refused on the way. */
  get calls(): boolean {
    for (let ticket = this.#tickets[0]; ticket !== undefined; ticket = this.#tickets[0]) {
      try {
        ticket.allowed();
        return true;
      } catch (error) {
        ticket.refused(error);
        this.#tickets.shift();
      }
    }
    return false;
  }

  /** Does what is asked first. @returns false when nothing is asked that may be done. */
  async serve(): Promise<boolean> {
    if (!this.calls) return false;
    const ticket = this.#tickets.shift() as Ticket;
    await ticket.apply().then(ticket.done, ticket.refused);
    return true;
  }
}
