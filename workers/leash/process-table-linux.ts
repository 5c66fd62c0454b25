import { readdirSync, readFileSync } from 'node:fs';
import type { ProcessEntry } from './process-table.ts';
import { isShortage } from './shortage.ts';

/** The kernel shows times in units of 1/100 s (USER_HZ) on every architecture that Node runs on. */
const MS_PER_TICK = 10;

const COOKIE = Buffer.from('COLIBRI_RUN_COOKIE=');

/**
 * Reads one line of /proc/PID/stat. The name in brackets may itself hold spaces and brackets, so the fields are
 * counted from the last closing one.
 */
export function parseLinuxStat(text: string): Omit<ProcessEntry, 'cookie'> | null {
  const close = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(close + 2).split(' ');
  const at = (field: number) => Number(fields[field - 3]);
  if (close < 0 || !(pid > 0) || Number.isNaN(at(22))) return null;
  const state = fields[0] ?? '';
  return {
    pid,
    ppid: at(4),
    pgid: at(5),
    sid: at(6),
    startMs: at(22) * MS_PER_TICK,
    // A first thread that ended while others run on is shown as a zombie too, but has threads left.
    dead: state === 'X' || (state === 'Z' && at(20) <= 1),
  };
}

/** Finds the cookie among the NUL-ended entries of /proc/PID/environ. */
export function cookieInEnviron(environ: Buffer): string | null {
  let at = environ.indexOf(COOKIE);
  while (at > 0 && environ[at - 1] !== 0) at = environ.indexOf(COOKIE, at + 1);
  if (at < 0) return null;
  const end = environ.indexOf(0, at);
  return environ.toString('latin1', at + COOKIE.length, end < 0 ? environ.length : end);
}

/** Throws when the machine is too short of something for a whole look: a part of a table would pass for all of it. */
export function linuxProcesses(sinceMs: number): ProcessEntry[] {
  const found: ProcessEntry[] = [];
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = readStat(name);
    if (stat === null) continue;
    // Both clocks count in hundredths and may be rounded apart by one.
    const skip = stat.dead || stat.startMs + 2 * MS_PER_TICK < sinceMs;
    const cookie = skip ? null : readCookie(name);
    found.push({ ...stat, cookie });
  }
  return found;
}

export function linuxStartOf(pid: number): number | null {
  return readStat(String(pid))?.startMs ?? null;
}

function readStat(pid: string): Omit<ProcessEntry, 'cookie'> | null {
  try {
    return parseLinuxStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch (error) {
    if (isShortage(error)) throw error;
    return null; // It ended since the folder was listed.
  }
}

function readCookie(pid: string): string | null {
  try {
    return cookieInEnviron(readFileSync(`/proc/${pid}/environ`));
  } catch (error) {
    if (isShortage(error)) throw error;
    return null; // Ended, or of another user.
  }
}
