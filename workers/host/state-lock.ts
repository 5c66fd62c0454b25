import { existsSync, mkdirSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { removeNotes } from './hand-over-note.ts';
import {
  isHolder,
  type LockHolder,
  liveHolder,
  overwriteLock,
  releaseLock,
  takeLock,
  thisProcess,
} from './worker-lock.ts';

/** Another worker of this machine holds the state folder. */
export class StateLocked extends Error {
  override readonly name = 'StateLocked';
}

/** A process of the former worker that finishes its runs in a seat of its own. */
export interface Predecessor {
  seatDir: string;
  pid: number;
}

/**
 * A worker's hold on a host's state folder. At any time one worker is the holder. Its successor first prepares beside it,
 * then takes its place; the former holder goes on in its seat until what it runs has ended. Each has a seat, a folder of
 * its own for run records, leash and pipes, so that neither takes the other's runs for leftovers.
 */
export class StateLock {
  readonly seatDir: string;
  readonly #stateDir: string;
  readonly #self: LockHolder;

  private constructor(stateDir: string, self: LockHolder) {
    this.#stateDir = stateDir;
    this.#self = self;
    this.seatDir = seatPath(stateDir, self.seat ?? 0);
  }

  /**
   * Takes a state folder. A holder that is gone is replaced; one that lives is refused, or with `takeover` succeeded once
   * {@link commit} is called. Throws {@link StateLocked} naming the holder.
   */
  static take(stateDir: string, { takeover = false }: { takeover?: boolean } = {}): StateLock {
    mkdirSync(stateDir, { recursive: true, mode: 0o700 });
    const self = thisProcess();
    const holder = takeLock(holderPath(stateDir), self);
    if (holder) {
      const who = `another worker (process ${holder.pid}) already runs with the state folder ${stateDir}`;
      if (!takeover) {
        throw new StateLocked(`${who}: stop it, or take its place with --takeover, which lets it finish its tasks`);
      }
      if (holder.joined !== true)
        throw new StateLocked(`${who} and cannot be taken over: it is still starting, or of an older version`);
      const rival = takeLock(successorPath(stateDir), self);
      if (rival) throw new StateLocked(`${who}, and process ${rival.pid} is just taking its place`);
    }
    try {
      for (let seat = 0; ; seat += 1) {
        const mine = { ...self, seat };
        if (takeLock(seatLock(seatPath(stateDir, seat)), mine)) continue;
        return new StateLock(stateDir, mine);
      }
    } catch (error) {
      releaseLock(holderPath(stateDir), self);
      releaseLock(successorPath(stateDir), self);
      throw error;
    }
  }

  /** Folders in which workers that are gone may have left runs, this one's own among them. */
  leftSeats(): string[] {
    return seats(this.#stateDir).filter((dir) => dir === this.seatDir || !liveHolder(seatLock(dir)));
  }

  /**
   * Has `clear` end what a worker that is gone left in its seat, then removes the seat. Nobody can take the seat meanwhile;
   * one that somebody has taken is theirs to clear.
   */
  async clearSeat(dir: string, clear: (dir: string) => Promise<void>): Promise<void> {
    if (dir === this.seatDir) return clear(dir);
    if (takeLock(seatLock(dir), this.#self)) return;
    try {
      await clear(dir);
      removeNotes(dir);
      emptySeat(this.#stateDir, dir);
    } finally {
      releaseLock(seatLock(dir), this.#self);
      removeSeat(this.#stateDir, dir);
    }
  }

  /** Workers that came before and still live. */
  predecessors(): Predecessor[] {
    return seats(this.#stateDir).flatMap((dir) => {
      const holder = dir === this.seatDir ? undefined : liveHolder(seatLock(dir));
      return holder && holder.pid !== this.#self.pid ? [{ seatDir: dir, pid: holder.pid }] : [];
    });
  }

  /** The fleet has taken this worker in: whoever held the folder so far is succeeded now. */
  commit(): void {
    const self = { ...this.#self, joined: true };
    overwriteLock(holderPath(this.#stateDir), self);
    releaseLock(successorPath(this.#stateDir), self);
  }

  /** How this worker stands: `expecting` while a successor prepares, `succeeded` once one has taken its place. */
  standing(): 'holder' | 'expecting' | 'succeeded' {
    if (!isHolder(holderPath(this.#stateDir), this.#self)) return 'succeeded';
    return liveHolder(successorPath(this.#stateDir)) ? 'expecting' : 'holder';
  }

  /**
   * Takes the place back of a successor that was killed. Returns false while it, or another worker, is there, and when it
   * left in order: then the host is not to be served.
   */
  retake(): boolean {
    const path = holderPath(this.#stateDir);
    if (!existsSync(path) || liveHolder(path)) return false;
    return takeLock(path, { ...this.#self, joined: true }) === undefined;
  }

  release(): void {
    releaseLock(holderPath(this.#stateDir), this.#self);
    releaseLock(successorPath(this.#stateDir), this.#self);
    emptySeat(this.#stateDir, this.seatDir);
    releaseLock(seatLock(this.seatDir), this.#self);
    removeSeat(this.#stateDir, this.seatDir);
  }
}

/** The process whose worker holds a host's state folder; undefined when none does. */
export function lockHolder(stateDir: string): { pid: number } | undefined {
  return liveHolder(holderPath(stateDir));
}

/** Removes what the holder of a seat made there. The first seat is the state folder itself, and stays as it is. */
function emptySeat(stateDir: string, seatDir: string): void {
  if (seatDir === stateDir) return;
  for (const part of ['runs', 'pipes']) rmSync(join(seatDir, part), { recursive: true, force: true });
}

/** Removes the folder of an empty seat, unless somebody has just taken it. */
function removeSeat(stateDir: string, seatDir: string): void {
  if (seatDir === stateDir) return;
  try {
    rmdirSync(seatDir);
  } catch {
    // Taken anew: whoever has it removes it.
  }
}

function seats(stateDir: string): string[] {
  let names: string[] = [];
  try {
    names = readdirSync(join(stateDir, 'seats')).filter((name) => /^[1-9]\d*$/.test(name));
  } catch {
    // No worker was ever taken over here.
  }
  return [stateDir, ...names.map((name) => seatPath(stateDir, Number(name)))];
}

const holderPath = (stateDir: string) => join(stateDir, 'worker.lock');
const successorPath = (stateDir: string) => join(stateDir, 'successor.lock');
const seatLock = (seatDir: string) => join(seatDir, 'seat.lock');

function seatPath(stateDir: string, seat: number): string {
  return seat === 0 ? stateDir : join(stateDir, 'seats', String(seat));
}
