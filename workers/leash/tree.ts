import { cgroupPids, killCgroup, removeCgroup } from './cgroup.ts';
import { type ProcessEntry, type ProcessId, processTable, sameStart, startOf } from './process-table.ts';

/** All processes that came of one run, however they were started. */
export interface Tree {
  /** Carried in the environment of the run's processes. */
  cookie: string;
  /** Folder of the cgroup that the run was started in; null where containment is by sweep. */
  cgroup: string | null;
  /** The first process, which leads a session and group of its own; null until it is started. */
  leader: ProcessId | null;
  /** Before when none of its processes can have started, on the boot clock; 0 when that is not known. */
  sinceMs: number;
}

export interface Survey {
  /** Processes of the tree that live and that we can signal. */
  alive: ProcessEntry[];
  /** Processes of the tree that the system does not let us signal (a set-user-id program, say). */
  beyond: ProcessEntry[];
}

type Signal = 'SIGTERM' | 'SIGKILL';

/**
 * Which processes of a table belong to a tree: those in its cgroup, those with its cookie, those of its first
 * process's group and session, those known from before, and all descendants of any of these. A pid counts only
 * together with its start time, so a number that was given to another program since is left alone.
 *
 * @param known start times by pid of what was found before: a child that has cleared its environment and lost its
 *   parent is still ours.
 * @param spare start times by pid of what never belongs to a tree: ourselves, the worker, the leash.
 */
export function selectTree(
  table: readonly ProcessEntry[],
  tree: Tree,
  inCgroup: ReadonlySet<number>,
  known: ReadonlyMap<number, number>,
  spare: ReadonlyMap<number, number>,
): ProcessEntry[] {
  const byPid = new Map(table.map((entry) => [entry.pid, entry]));
  const { leader } = tree;
  const atLeader = leader === null ? undefined : byPid.get(leader.pid);
  const groupIsOurs = leader !== null && (atLeader === undefined || sameStart(atLeader.startMs, leader.startMs));
  const isSeed = (entry: ProcessEntry): boolean => {
    if (inCgroup.has(entry.pid)) return true;
    if (entry.cookie?.startsWith(tree.cookie)) return true;
    if (isIn(known, entry)) return true;
    return groupIsOurs && entry.pgid === leader.pid && entry.sid === leader.pid;
  };
  const ours = new Map<number, ProcessEntry>();
  const may = (entry: ProcessEntry) => entry.pid > 1 && !isIn(spare, entry);
  for (const entry of table) if (may(entry) && isSeed(entry)) ours.set(entry.pid, entry);
  for (let before = -1; before !== ours.size; ) {
    before = ours.size;
    for (const entry of table) if (may(entry) && ours.has(entry.ppid)) ours.set(entry.pid, entry);
  }
  return [...ours.values()].filter((entry) => !entry.dead);
}

function isIn(starts: ReadonlyMap<number, number>, entry: ProcessEntry): boolean {
  const start = starts.get(entry.pid);
  return start !== undefined && sameStart(start, entry.startMs);
}

/** Ends trees; remembers what it has seen of each, so make one per tree and keep it while the tree lives. */
export class TreeHunter {
  readonly #known = new Map<number, number>();
  readonly #spare: ReadonlyMap<number, number>;

  /** @param spare processes never to be ended, besides this one and the first of the system */
  constructor(spare: Iterable<ProcessId> = []) {
    const self = { pid: process.pid, startMs: startOf(process.pid) ?? 0 };
    this.#spare = new Map([self, ...spare].map(({ pid, startMs }) => [pid, startMs]));
  }

  /** Looks without touching. */
  survey(tree: Tree, table: readonly ProcessEntry[] = processTable(tree.sinceMs)): Survey {
    return this.#sort(this.#find(tree, table), 0);
  }

  /** Sends a signal to every process of the tree and says which it found. */
  signal(tree: Tree, signal: Signal, table: readonly ProcessEntry[] = processTable(tree.sinceMs)): Survey {
    if (signal === 'SIGKILL' && tree.cgroup !== null) killCgroup(tree.cgroup);
    const found = this.#find(tree, table);
    const survey = this.#sort(found, signal);
    // A stopped process would sleep through its TERM.
    if (signal === 'SIGTERM') this.#sort(found, 'SIGCONT');
    return survey;
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
