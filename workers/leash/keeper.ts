import { bootClockMs } from '../boot-clock.ts';
import { HeldRun } from './held-run.ts';
import type { Command, LeashEvent } from './messages.ts';
import { type ProcessEntry, type ProcessId, processTable } from './process-table.ts';

/** The longest grace when nobody is left to renew a lease. */
const LAST_GRACE_MS = 2_000;
/** How soon a run is seen to again when that failed. */
const AFTER_FAULT_MS = 100;

/** All runs on the leash, and the one timer that serves them. */
export class Keeper {
  readonly #runs = new Map<string, HeldRun>();
  readonly #releasing = new Set<string>();
  readonly #spare: readonly ProcessId[];
  readonly #tell: (event: LeashEvent) => void;
  readonly #onEnded: (runId: string) => void;
  readonly #readTable: (sinceMs: number) => ProcessEntry[];
  #timer: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;

  /**
   * @param spare processes that are never ended
   * @param onEnded called when a run that the leash ended of its own accord is verified empty
   * @param readTable may throw: what is to be ended then stays to be ended
   */
  constructor(
    spare: readonly ProcessId[],
    tell: (event: LeashEvent) => void,
    onEnded: (runId: string) => void,
    readTable: (sinceMs: number) => ProcessEntry[] = processTable,
  ) {
    this.#spare = spare;
    this.#tell = tell;
    this.#onEnded = onEnded;
    this.#readTable = readTable;
  }

  obey(command: Command): void {
    // A stopping leash gives no sign of life and takes nothing on: its successor takes the runs over.
    const stopping = this.#stopped !== undefined;
    if (command.do === 'ping') {
      if (!stopping) this.#tell({ is: 'pong' });
      return;
    }
    const { runId } = command;
    const now = bootClockMs();
    if (command.do === 'hold') {
      if (stopping) return;
      if (!this.#runs.has(runId)) this.#runs.set(runId, this.#heldRun(command));
      this.#tell({ is: 'held', runId });
      this.#tick();
      return;
    }
    const run = this.#runs.get(runId);
    if (run === undefined) {
      if (command.do === 'release') this.#tell({ is: 'released', runId });
    } else if (command.do === 'started') {
      run.started(command.leader);
    } else if (command.do === 'renew') {
      // The timer stays as it is: it runs early at worst, and a renewal costs no more than this line.
      run.renew(command.sentAtMs, now);
    } else if (command.do === 'release' && run.isEmpty) {
      this.#forget(runId);
    } else {
      if (command.do === 'release') this.#releasing.add(runId);
      run.end(command.do === 'end' ? command.graceMs : 0, now);
      this.#tick();
    }
  }

  /** Ends everything; resolves when every tree is verified empty. */
  stop(reason: string): Promise<void> {
    return new Promise((resolve) => {
      this.#stopped = resolve;
      for (const run of this.#runs.values()) run.fence(reason, LAST_GRACE_MS, bootClockMs());
      this.#tick();
    });
  }

  #forget(runId: string): void {
    this.#runs.delete(runId);
    this.#releasing.delete(runId);
    this.#tell({ is: 'released', runId });
  }

  /** All runs that need it in one round share one reading of the process table, or its failure. */
  #sharedTable(): () => ProcessEntry[] {
    let read: (() => ProcessEntry[]) | undefined;
    return () => {
      read ??= this.#tryTable();
      return read();
    };
  }

  #tryTable(): () => ProcessEntry[] {
    try {
      const table = this.#readTable(Math.min(...[...this.#runs.values()].map((run) => run.tree.sinceMs)));
      return () => table;
    } catch (error) {
      return () => {
        throw error;
      };
    }
  }

  /** What goes wrong with one run (a record that cannot be written, say) must not let go of any. */
  #guarded<T>(runId: string, act: () => T): T | undefined {
    try {
      return act();
    } catch (error) {
      this.#tell({ is: 'fault', message: `run ${runId}: ${String(error)}` });
      return undefined;
    }
  }

  #heldRun(command: Command & { do: 'hold' }): HeldRun {
    const { runId } = command;
    let fenced = false;
    return new HeldRun(command, this.#spare, {
      fenced: (reason) => {
        fenced = true;
        this.#tell({ is: 'fenced', runId, reason });
      },
      ending: (alive) => this.#tell({ is: 'ending', runId, alive }),
      ended: () => {
        this.#tell({ is: 'ended', runId });
        if (fenced) this.#guarded(runId, () => this.#onEnded(runId));
      },
      fault: (message) => this.#tell({ is: 'fault', message: `run ${runId}: ${message}` }),
    });
  }

  #tick(): void {
    clearTimeout(this.#timer);
    const readTable = this.#sharedTable();
    let waitMs = Number.POSITIVE_INFINITY;
    for (const [runId, run] of this.#runs) {
      const nextMs = this.#guarded(runId, () => run.tick(bootClockMs(), readTable));
      waitMs = Math.min(waitMs, nextMs ?? AFTER_FAULT_MS);
      if (run.isEmpty && this.#releasing.has(runId)) this.#forget(runId);
    }
    if (this.#stopped !== undefined && [...this.#runs.values()].every((run) => run.isEmpty)) this.#stopped();
    else if (this.#runs.size > 0) this.#timer = setTimeout(() => this.#tick(), Math.max(5, waitMs));
  }
}
