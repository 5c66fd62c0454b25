import { type ProcessEntry, type ProcessId, sameStart } from './process-table.ts';

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

/** Whether a process is among those whose start times are given by pid. */
function isIn(starts: ReadonlyMap<number, number>, entry: ProcessEntry): boolean {
  const start = starts.get(entry.pid);
  return start !== undefined && sameStart(start, entry.startMs);
}
