import { AGE_ERROR_MS, freebsdProcesses, freebsdStartOf } from './process-table-freebsd.ts';
import { linuxProcesses, linuxStartOf } from './process-table-linux.ts';

/** The variable by which a run's processes are known wherever they went. */
export const COOKIE_VARIABLE = 'COLIBRI_RUN_COOKIE';

/** A process as the machine's process table shows it. */
export interface ProcessEntry {
  pid: number;
  ppid: number;
  pgid: number;
  sid: number;
  /** Milliseconds from boot to its start; with the pid it names a process, since pids are used again. */
  startMs: number;
  /** Only waiting to be reaped by its parent: nothing of it runs. */
  dead: boolean;
  /** Value of the cookie variable in its environment; null when it has none or when we may not look. */
  cookie: string | null;
}

/** Names one process for as long as the machine is up. */
export interface ProcessId {
  pid: number;
  startMs: number;
}

/**
 * Every process we can see, at this moment. Cookies are looked for only in processes that started at `sinceMs` (on
 * the boot clock) or later: a look at all environments takes four times as long as the rest. Throws when it cannot be
 * read whole, so that no process is ever taken for gone because nobody could look.
 */
export function processTable(sinceMs = 0): ProcessEntry[] {
  return process.platform === 'linux' ? linuxProcesses(sinceMs) : freebsdProcesses(sinceMs);
}

/** When a process started, in milliseconds since boot; null when there is none of that number or we cannot look. */
export function startOf(pid: number): number | null {
  try {
    return process.platform === 'linux' ? linuxStartOf(pid) : freebsdStartOf(pid);
  } catch {
    return null;
  }
}

/**
 * Whether two start times are of one process. Linux records a start exactly; FreeBSD's tools give its age in whole
 * seconds.
 */
export function sameStart(a: number, b: number): boolean {
  return Math.abs(a - b) <= (process.platform === 'linux' ? 0 : AGE_ERROR_MS);
}
