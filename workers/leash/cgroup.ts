import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isShortage } from './shortage.ts';

/**
 * The processes of a cgroup and of all cgroups below it; none when it is gone. Zombies are not in it. Throws when this
 * machine is too short of something to look.
 */
export function cgroupPids(path: string): number[] {
  const pids = readLines(join(path, 'cgroup.procs')).map(Number);
  return [...pids, ...childGroups(path).flatMap(cgroupPids)];
}

/**
 * Kills every process of the cgroup and below at once, forks in flight included. Kernels before 5.14 have no
 * cgroup.kill: there each process is killed by itself, and the caller repeats until none is left.
 */
export function killCgroup(path: string): void {
  if (existsSync(join(path, 'cgroup.kill'))) {
    try {
      writeFileSync(join(path, 'cgroup.kill'), '1');
      return;
    } catch {
      // Removed meanwhile, or refused: one by one below.
    }
  }
  let pids: number[] = [];
  try {
    pids = cgroupPids(path);
  } catch {
    // Cannot be seen now: the caller comes again.
  }
  for (const pid of pids) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // Ended meanwhile.
    }
  }
}

/** What removing a cgroup fails with while there is a process in it, or a cgroup below it. */
const STILL_USED = new Set(['EBUSY', 'ENOTEMPTY']);

/**
 * Removes an empty cgroup with all below it, after which nothing can join it any more.
 * Returns false while something in it still lives.
 */
export function removeCgroup(path: string): boolean {
  try {
    for (const child of childGroups(path)) if (!removeCgroup(child)) return false;
    rmdirSync(path);
    return true;
  } catch (error) {
    if (isShortage(error)) return false;
    // Anything else says that the hierarchy is out of our reach (unmounted, read-only), not that something lives.
    return !STILL_USED.has((error as NodeJS.ErrnoException).code ?? '');
  }
}

/** The cgroups directly below this one. */
export function childGroups(path: string): string[] {
  try {
    const entries = readdirSync(path, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map((entry) => join(path, entry.name));
  } catch (error) {
    if (isShortage(error)) throw error;
    return [];
  }
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch (error) {
    if (isShortage(error)) throw error;
    return [];
  }
}
