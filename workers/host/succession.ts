import { type HandOverNote, isAskedToEnd, removeNotes, writeNote } from './hand-over-note.ts';
import type { PollLog } from './polling/types.ts';
import type { StateLock } from './state-lock.ts';

const LOOK_EVERY_MS = 250;

export interface SuccessionOptions {
  lock: Pick<StateLock, 'seatDir' | 'standing' | 'retake'>;
  note: () => HandOverNote;
  /** Another worker has taken this one's place: nothing new from now on. */
  onSucceeded: () => void;
  /** The one that had taken this one's place was killed: this one goes on. */
  onAlone: () => void;
  /** What still runs is to be given back. */
  onEnd: () => void;
  log: PollLog;
}

/** Whether this worker is still the one of its host, looked up in the state folder again and again. */
export class Succession {
  readonly #options: SuccessionOptions;
  #timer: NodeJS.Timeout | undefined;
  #was: 'holder' | 'expecting' | 'succeeded' = 'holder';
  /** What is to be told to the fleet should this worker be its host's again. */
  #due: (() => void) | undefined;

  constructor(options: SuccessionOptions) {
    this.#options = options;
  }

  /** To be called once the fleet has taken this worker in. */
  start(): void {
    this.#due = undefined;
    this.#timer = setInterval(() => this.#look(), LOOK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** Whether the fleet is this worker's to talk to; looked up now. */
  get isHolder(): boolean {
    return this.#options.lock.standing() === 'holder';
  }

  /** Whether another worker has this one's place, as far as this one has acted on it. */
  get isSucceeded(): boolean {
    return this.#was === 'succeeded';
  }

  /** Does it now, or when a successor that is there has failed: two workers must not take the host from each other. */
  whenHolder(tell: () => void): void {
    if (this.isHolder) tell();
    else this.#due = tell;
  }

  /** What a successor must know has changed. */
  changed(): void {
    if (this.isSucceeded) writeNote(this.#options.lock.seatDir, this.#options.note());
  }

  #look(): void {
    const { lock, onSucceeded, onEnd, log } = this.#options;
    const now = lock.standing();
    if (now === 'succeeded') {
      if (lock.retake()) {
        this.#goOn();
      } else if (!this.isSucceeded) {
        this.#was = now;
        log.info({}, 'another worker takes the place of this one, which finishes what it runs');
        onSucceeded();
        this.changed();
      }
      if (this.isSucceeded && isAskedToEnd(lock.seatDir)) onEnd();
    } else if (now === 'holder' && this.#was === 'expecting') {
      this.#goOn();
    } else {
      this.#was = now;
    }
  }

  #goOn(): void {
    const { lock, onAlone, log } = this.#options;
    log.warn({}, 'the worker that was to take the place of this one is gone; this one goes on');
    this.#was = 'holder';
    removeNotes(lock.seatDir);
    onAlone();
    const due = this.#due;
    this.#due = undefined;
    due?.();
  }
}
