import { bootClockMs } from '../boot-clock.ts';
import { cgroupPids } from './cgroup.ts';
import { HeldRun } from './held-run.ts';
import type { Command, LeashEvent } from './messages.ts';
import { type ProcessEntry, type ProcessId, processTable } from './process-table.ts';
import type { Tree } from './tree.ts';

/** The longest grace when nobody is left to renew a lease. */
const LAST_GRACE_MS = 2_000;
/** How soon a run is looked at again when looking failed. */
const AFTER_FAULT_MS = 100;

/** All runs on the leash, and the one timer that serves them. */
export class Keeper {
  readonly #runs = new Map<string, HeldRun>();
  readonly #releasing = new Set<string>();
  readonly #spare: readonly ProcessId[];
  readonly #tell: (event: LeashEvent) => void;
  readonly #onEnded: (runId: string) => void;
  #timer: NodeJS.Timeout | undefined;
  #stopped: (() => void) | undefined;

  /**
   * @param spare processes that are never ended
   * @param onEnded called when a run that the leash ended of its own accord is verified empty
   */
  constructor(spare: readonly ProcessId[], tell: (event: LeashEvent) => void, onEnded: (runId: string) => void) {
    this.#spare = spare;
    this.#tell = tell;
    this.#onEnded = onEnded;
  }

  obey(command: Command): void {
    const { runId } = command;
    const now = bootClockMs();
    if (command.do === 'hold') {
      // A stopping leash says nothing: its successor takes the run over.
      if (this.#stopped !== undefined) return;
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
      this.#guarded(runId, () => run.end(command.do === 'end' ? command.graceMs : 0, now, tableOf(run.tree)));
      this.#tick();
    }
  }

  /** Ends everything; resolves when every tree is verified empty. */
  stop(reason: string): Promise<void> {
    return new Promise((resolve) => {
      this.#stopped = resolve;
      const readTable = this.#sharedTable();
      for (const [runId, run] of this.#runs) {
        this.#guarded(runId, () => run.fence(reason, LAST_GRACE_MS, bootClockMs(), readTable()));
      }
      this.#tick();
    });
  }

  #forget(runId: string): void {
    this.#runs.delete(runId);
    this.#releasing.delete(runId);
    this.#tell({ is: 'released', runId });
  }

  /** All runs that need it in one round share one reading of the process table. */
  #sharedTable(): () => ProcessEntry[] {
    let table: ProcessEntry[] | undefined;
    return () => {
      table ??= processTable(Math.min(...[...this.#runs.values()].map((run) => run.tree.sinceMs)));
      return table;
    };
  }

  /** What goes wrong with one run (a process table or a record that cannot be read) must not let go of any. */
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

/** Nothing leaves a cgroup: one that is empty says all, and on a busy machine the process table is long. */
function tableOf(tree: Tree): ProcessEntry[] {
  if (tree.cgroup !== null && cgroupPids(tree.cgroup).length === 0) return [];
  return processTable(tree.sinceMs);
}
