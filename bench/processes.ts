import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

/** `utime` and `stime` of /proc/PID/stat are counted in hundredths of a second (USER_HZ, on every Linux). */
const TICKS_PER_SECOND = 100;

/** Resident memory of a process in MiB. Linux only. */
export function residentMiB(pid: number): number {
  const kilobytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kilobytes) / 1024;
}

/** What each process takes of one core while nothing is asked of it, in percent. Linux only. */
export async function idleCpuPercent(pids: readonly number[], seconds: number): Promise<number[]> {
  const before = pids.map(cpuSeconds);
  const since = performance.now();
  await delay(seconds * 1_000);
  const elapsed = (performance.now() - since) / 1_000;
  return pids.map((pid, i) => (100 * (cpuSeconds(pid) - (before[i] ?? 0))) / elapsed);
}

/** Processor time that a process has taken, with that of its children that have ended. Linux only. */
export function cpuSeconds(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold anything; the fields after it are numbered from 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((ticks, field) => ticks + Number(field), 0) / TICKS_PER_SECOND;
}
