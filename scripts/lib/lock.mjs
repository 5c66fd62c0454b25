// A lock file held by a process. It saves doing the same work twice; what is written under it is also renamed into
// place as a whole, so nothing breaks even if two holders ever met.
import { randomUUID } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const REFRESH_MS = 5_000;
/** Another machine's holder (a shared home) cannot be asked whether it lives, only whether it still refreshes. */
const FOREIGN_STALE_MS = 60_000;

/** @param {number} pid */
export function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * When the process started, in the system's own unit, or null where it cannot be told. Tells a reused pid from its
 * former owner.
 * @param {number} pid
 */
export function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

/**
 * Whether the process that was `pid` with that start time still runs.
 * @param {number} pid
 * @param {string | null} start
 */
export function isSameProcess(pid, start) {
  return isAlive(pid) && (start === null || startOf(pid) === start);
}

/** @typedef {{ pid: number, start: string | null, host: string, token: string, [detail: string]: unknown }} Holder */

/** @param {string} path @returns {Holder | null} */
function readHolder(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}

/** @param {string} path @param {Holder | null} holder */
function isStale(path, holder) {
  try {
    if (holder && holder.host === hostname()) return !isSameProcess(holder.pid, holder.start);
    return Date.now() - statSync(path).mtimeMs > FOREIGN_STALE_MS;
  } catch {
    return false;
  }
}

/** @param {string} path @param {Holder | null} stale */
function removeStale(path, stale) {
  const aside = `${path}.${randomUUID()}`;
  try {
    renameSync(path, aside);
    const taken = readHolder(aside);
    // Someone else may have removed the stale lock and taken a new one in between: hand that one back.
    if (taken?.token !== stale?.token) linkSync(aside, path);
  } catch {
    // Gone already, or taken again: the next round sees how things stand.
  }
  rmSync(aside, { force: true });
}

/** @param {string} path @param {Holder} holder @param {(from: string, to: string) => void} publish */
function write(path, holder, publish) {
  const draft = `${path}.${randomUUID()}`;
  writeFileSync(draft, JSON.stringify(holder));
  try {
    publish(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * Takes the lock at `path` if it is free or its holder has gone.
 * @param {string} path
 * @param {Record<string, unknown>} [details] kept in the lock for whoever finds it taken
 * @returns {{ lock: { release: () => void, handOver: (pid: number) => void, refresh: () => void } } | { holder: Holder | null }}
 */
export function tryLock(path, details = {}) {
  mkdirSync(dirname(path), { recursive: true });
  const mine = { ...details, pid: process.pid, start: startOf(process.pid), host: hostname(), token: randomUUID() };
  for (;;) {
    try {
      // A link appears with its whole content, unlike a file that is created and then written.
      write(path, mine, linkSync);
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') throw error;
    }
    const holder = readHolder(path);
    if (!isStale(path, holder)) return { holder };
    removeStale(path, holder);
  }
  return {
    lock: {
      release: () => {
        if (readHolder(path)?.token === mine.token) rmSync(path, { force: true });
      },
      // The lock lives as long as that process, whatever becomes of this one.
      handOver: (pid) => write(path, { ...mine, pid, start: startOf(pid) }, renameSync),
      refresh: () => {
        try {
          utimesSync(path, new Date(), new Date());
        } catch {
          // Removed by hand: the work goes on, it is safe without the lock.
        }
      },
    },
  };
}

/**
 * Runs `work` while holding the lock at `path`, waiting for another live holder without limit.
 * @template T
 * @param {string} path
 * @param {() => Promise<T> | T} work
 * @param {{ onWait?: (pid: number | null) => void, signal?: AbortSignal }} [options]
 * @returns {Promise<T>}
 */
export async function withLock(path, work, { onWait, signal } = {}) {
  let told = false;
  for (;;) {
    const taken = tryLock(path);
    if ('lock' in taken) {
      const refresh = setInterval(taken.lock.refresh, REFRESH_MS);
      refresh.unref();
      try {
        return await work();
      } finally {
        clearInterval(refresh);
        taken.lock.release();
      }
    }
    if (!told) onWait?.(taken.holder?.pid ?? null);
    told = true;
    await delay(200, undefined, signal ? { signal } : {});
  }
}
