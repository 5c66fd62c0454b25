import { cgroupPids, killCgroup, removeCgroup } from './cgroup.ts';
import { type ProcessEntry, type ProcessId, processTable, sameStart, startOf } from './process-table.ts';
import { selectTree, type Tree } from './tree.ts';

export interface Survey {
  /** Processes of the tree that live and that we can signal. */
  alive: ProcessEntry[];
  /** Processes of the tree that the system does not let us signal (a set-user-id program, say). */
  beyond: ProcessEntry[];
}

type Signal = 'SIGTERM' | 'SIGKILL';

/** Ends trees; remembers what it has seen of each, so make one per tree and keep it while the tree lives. */
export class TreeHunter {
  readonly #known = new Map<number, number>();
  readonly #spare: ReadonlyMap<number, number>;
  /** How far TERM has come: nowhere, to the first process's group without a look, to all that a look found. */
  #termed: 'none' | 'group' | 'all' = 'none';
  /** A first process whose group was found gone: the number may come back, but not as ours. */
  #groupless: ProcessId | null = null;

  /** @param spare processes never to be ended, besides this one and the first of the system */
  constructor(spare: Iterable<ProcessId> = []) {
    const self = { pid: process.pid, startMs: startOf(process.pid) ?? 0 };
    this.#spare = new Map([self, ...spare].map(({ pid, startMs }) => [pid, startMs]));
  }

  /** Looks without touching. Throws when the process table cannot be read. */
  survey(tree: Tree, table: readonly ProcessEntry[] = processTable(tree.sinceMs)): Survey {
    return this.#sort(this.#find(tree, table), 0);
  }

  /**
   * One pass over a tree that is to end. KILL goes to all of it in every pass; TERM only once, as many programs take a
   * second one for impatience. Returns what the pass found alive before it signalled.
   *
   * When the look fails, throws its error after signalling what can be reached without one: the first process's group,
   * and with KILL the cgroup.
   */
  pass(tree: Tree, signal: Signal, readTable: () => readonly ProcessEntry[]): Survey {
    try {
      const found = this.#find(tree, readTable());
      const survey = this.#sort(found, 0);
      if (signal === 'SIGKILL') {
        if (tree.cgroup !== null) killCgroup(tree.cgroup);
        this.#sort(found, 'SIGKILL');
      } else if (this.#termed !== 'all') {
        this.#termed = 'all';
        this.#sort(found, 'SIGTERM');
        // A stopped process would sleep through its TERM.
        this.#sort(found, 'SIGCONT');
      }
      return survey;
    } catch (error) {
      this.#signalUnseen(tree, signal);
      throw error;
    }
  }

  #signalUnseen(tree: Tree, signal: Signal): void {
    if (signal === 'SIGKILL') {
      if (tree.cgroup !== null) killCgroup(tree.cgroup);
      this.#signalGroup(tree.leader, ['SIGKILL']);
    } else if (this.#termed === 'none') {
      this.#termed = 'group';
      this.#signalGroup(tree.leader, ['SIGTERM', 'SIGCONT']);
    }
  }

  /**
   * Signals the group that a process made, unless its number is another's by now. Where the process is gone or cannot
   * be seen, that the group is there has to do: while it has members its number is given to nobody else.
   */
  #signalGroup(leader: ProcessId | null, signals: readonly NodeJS.Signals[]): void {
    if (leader === null || leader === this.#groupless) return;
    // The negative of these would be our own group, or every process there is.
    if (!Number.isInteger(leader.pid) || leader.pid <= 1) return;
    const startMs = startOf(leader.pid);
    if (startMs !== null && !sameStart(startMs, leader.startMs)) {
      this.#groupless = leader;
      return;
    }
    for (const signal of signals) {
      try {
        process.kill(-leader.pid, signal);
      } catch (error) {
        // Otherwise there is none in it that we may signal.
        if ((error as NodeJS.ErrnoException).code === 'ESRCH') this.#groupless = leader;
      }
    }
  }

  #find(tree: Tree, table: readonly ProcessEntry[]): ProcessEntry[] {
    const inCgroup = new Set(tree.cgroup === null ? [] : cgroupPids(tree.cgroup));
    const found = selectTree(table, tree, inCgroup, this.#known, this.#spare);
    for (const entry of found) this.#known.set(entry.pid, entry.startMs);
    return found;
  }

  #sort(found: ProcessEntry[], signal: Signal | 'SIGCONT' | 0): Survey {
    const survey: Survey = { alive: [], beyond: [] };
    for (const entry of found) {
      try {
        process.kill(entry.pid, signal);
        survey.alive.push(entry);
      } catch (error) {
        // Otherwise it has ended since the table was read.
        if ((error as NodeJS.ErrnoException).code === 'EPERM') survey.beyond.push(entry);
      }
    }
    return survey;
  }
}

/** Decides when a tree is empty for good, from the passes made over it. */
export class EmptyCheck {
  #passes = 0;

  /** Takes the outcome of a pass; true when the tree is empty and, with a cgroup, closed to newcomers. */
  passed(tree: Tree, found: number): boolean {
    this.#passes = found === 0 ? this.#passes + 1 : 0;
    // A cgroup can be removed only when it is empty, and nothing can join it afterwards. Without one, a fork may slip
    // through a single sweep.
    return tree.cgroup === null ? this.#passes >= 2 : this.#passes >= 1 && removeCgroup(tree.cgroup);
  }
}
