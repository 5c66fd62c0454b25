import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { sameStart, startOf } from '../leash/process-table.ts';

/** Who holds a lock. `joined`: it has a place in the fleet, and can be taken over; `seat`: where it keeps its runs. */
export interface LockHolder {
  pid: number;
  startMs: number | null;
  seat?: number;
  joined?: boolean;
}

/** This process, as a holder. */
export function thisProcess(): LockHolder {
  return { pid: process.pid, startMs: startOf(process.pid) };
}

/** The holder of a lock file, if it lives: a number that was given to another process does not count. */
export function liveHolder(path: string): LockHolder | undefined {
  const holder = read(path);
  return holder && isAlive(holder) ? holder : undefined;
}

/** Takes a lock file for `holder` unless another process that lives has it; returns that one. */
export function takeLock(path: string, holder: LockHolder): LockHolder | undefined {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = writeDraft(path, holder);
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        // Linked in whole: one that is still being written would be taken for a stale one.
        linkSync(draft, path);
        return undefined;
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 10) throw error;
        const other = liveHolder(path);
        if (other) return other;
        setAside(path);
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Replaces what a lock file says, whole or not at all; for its holder, and for a successor that takes it over. */
export function overwriteLock(path: string, holder: LockHolder): void {
  renameSync(writeDraft(path, holder), path);
}

/** Removes a lock file if it is still this holder's. */
export function releaseLock(path: string, { pid, startMs }: LockHolder): void {
  const holder = read(path);
  if (holder?.pid === pid && holder.startMs === startMs) rmSync(path, { force: true });
}

export function isHolder(path: string, { pid, startMs }: LockHolder): boolean {
  const holder = read(path);
  return holder?.pid === pid && holder.startMs === startMs;
}

/**
 * Removes the lock of a process that is gone. Moved first, which only one process can do: of two that found it stale, the
 * slower one must not remove what the faster one has just put there.
 */
function setAside(path: string): void {
  const aside = `${path}.${process.pid}.old`;
  try {
    renameSync(path, aside);
  } catch {
    return; // Another process was faster.
  }
  try {
    if (liveHolder(aside)) linkSync(aside, path);
  } catch {
    // It is held anew already.
  }
  rmSync(aside, { force: true });
}

function writeDraft(path: string, holder: LockHolder): string {
  const draft = `${path}.${process.pid}.new`;
  writeFileSync(draft, JSON.stringify(holder), { mode: 0o600 });
  return draft;
}

function read(path: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(readFileSync(path, 'utf8')) as LockHolder;
    return typeof holder?.pid === 'number' ? holder : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, startMs }: LockHolder): boolean {
  const started = startOf(pid);
  return started !== null && typeof startMs === 'number' && sameStart(started, startMs);
}
