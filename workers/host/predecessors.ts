import type { PresenceDetails } from '../../schemas/fleet.ts';
import { askToEnd, type HandOverNote, readNote } from './hand-over-note.ts';
import type { Predecessor, StateLock } from './state-lock.ts';

const LOOK_EVERY_MS = 250;

export interface PredecessorsOptions {
  lock: StateLock;
  slots: number;
  /** Slots left to this worker have changed. */
  onChange: () => void;
  /** One is gone; what it may have left in its seat is to be ended and given back. */
  onGone: (seatDir: string) => void;
}

/** The workers that this one succeeds, for as long as they finish what they run. */
export class Predecessors {
  readonly #options: PredecessorsOptions;
  #known: (Predecessor & { note: HandOverNote | undefined })[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(options: PredecessorsOptions) {
    this.#options = options;
    this.#read();
  }

  /** To be called once their place is taken: until then they go on as before. */
  start(): void {
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
    this.#look();
  }

  /** Slots that they use. One that has not said so yet may still take tasks, and counts as using all. */
  get used(): number {
    const { slots } = this.#options;
    return Math.min(
      slots,
      this.#known.reduce((sum, { note }) => sum + (note?.used ?? slots), 0),
    );
  }

  get running(): PresenceDetails['running'] {
    return this.#known.flatMap(({ note }) => note?.running ?? []);
  }

  /** Has them give back what they run. */
  end(): void {
    for (const { seatDir } of this.#known) askToEnd(seatDir);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #look(): void {
    const before = JSON.stringify(this.#known);
    const seats = this.#known.map(({ seatDir }) => seatDir);
    this.#read();
    const left = new Set(this.#known.map(({ seatDir }) => seatDir));
    for (const seatDir of seats) if (!left.has(seatDir)) this.#options.onGone(seatDir);
    if (this.#known.length === 0) this.stop();
    if (JSON.stringify(this.#known) !== before) this.#options.onChange();
  }

  #read(): void {
    this.#known = this.#options.lock.predecessors().map((one) => ({ ...one, note: readNote(one.seatDir) }));
  }
}
