import { execFileSync } from 'node:child_process';
import { bootClockMs } from '../boot-clock.ts';
import type { ProcessEntry } from './process-table.ts';

/** `etimes` is the age in seconds: unlike `lstart` it does not move when the wall clock is set. */
const COLUMNS = ['pid', 'ppid', 'pgid', 'sid', 'etimes', 'state'].flatMap((name) => ['-o', `${name}=`]);

/** Ages come in whole seconds: two readings of one start may differ by so much. */
export const AGE_ERROR_MS = 2_000;

/**
 * How long a tool may take: a hundred times what it needs. A leash that looks is blocked for up to three of these
 * (both tools, then the first process's start), which must be less than its worker waits for a sign of life.
 */
const TOOL_MS = 1_500;

/** Reads the output of `ps -axww` with the columns above, taken at `nowMs` on the boot clock. */
export function parseFreebsdPs(text: string, nowMs: number): Omit<ProcessEntry, 'cookie'>[] {
  const found: Omit<ProcessEntry, 'cookie'>[] = [];
  for (const line of text.split('\n')) {
    const fields = line.trim().split(/\s+/);
    const [pid, ppid, pgid, sid, age] = fields.slice(0, 5).map(Number);
    const state = fields[5];
    if (pid === undefined || ppid === undefined || pgid === undefined || sid === undefined) continue;
    if (age === undefined || Number.isNaN(age) || state === undefined) continue;
    found.push({ pid, ppid, pgid, sid, startMs: nowMs - age * 1000, dead: state.startsWith('Z') });
  }
  return found;
}

/**
 * Reads `procstat -ae`: pid, name and then the environment with one space between its entries. What it cannot read it
 * shows as `-`. A value may hold line breaks, so an entry may go on over further lines; processes come in the order of
 * their pids, and a line that begins with a lower number is such a line.
 */
export function parseFreebsdEnvironments(text: string): Map<number, string> {
  const cookies = new Map<number, string>();
  let pid = 0;
  for (const line of text.split('\n')) {
    pid = Math.max(pid, Number(/^\s*(\d+)\s+\S/.exec(line)?.[1] ?? 0));
    const cookie = /(?:^|\s)COLIBRI_RUN_COOKIE=(\S+)/.exec(line)?.[1];
    if (pid > 0 && cookie !== undefined) cookies.set(pid, cookie);
  }
  return cookies;
}

/** Throws when one of the tools cannot be run or does not end: on a machine that cannot fork, say. */
export function freebsdProcesses(sinceMs: number): ProcessEntry[] {
  const cookies = parseFreebsdEnvironments(runForAll('procstat', ['-ae']));
  const now = bootClockMs();
  return parseFreebsdPs(runForAll('ps', ['-axww', ...COLUMNS]), now).map((entry) => ({
    ...entry,
    cookie: entry.startMs + AGE_ERROR_MS < sinceMs ? null : (cookies.get(entry.pid) ?? null),
  }));
}

export function freebsdStartOf(pid: number): number | null {
  const now = bootClockMs();
  return parseFreebsdPs(run('ps', [...COLUMNS, '-p', String(pid)]), now)[0]?.startMs ?? null;
}

/**
 * Both tools print what they could read and then exit with 1 when a process ended meanwhile (`ps -p` also when there is
 * none): that output counts. What a tool had printed when it was stopped does not.
 */
function run(tool: string, args: string[]): string {
  try {
    return execFileSync(tool, args, {
      encoding: 'latin1',
      maxBuffer: 256 << 20,
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: TOOL_MS,
      killSignal: 'SIGKILL',
    });
  } catch (error) {
    const { status, stdout } = error as { status?: unknown; stdout?: unknown };
    if (status === 1 && typeof stdout === 'string') return stdout;
    throw error;
  }
}

/** There is always a process to be shown, if only the tool itself: nothing at all is a look that failed. */
function runForAll(tool: string, args: string[]): string {
  const output = run(tool, args);
  if (output.trim() === '') throw new Error(`${tool} shows no process at all`);
  return output;
}
