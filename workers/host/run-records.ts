import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bootId } from '../boot-clock.ts';
import { endTree } from '../leash/end-tree.ts';
import { type Logger, silentLogger } from '../leash/logger.ts';
import { cookiePrefix } from '../leash/state-id.ts';

/** The task that a run works for, as it must be known to give the task back. */
export interface RunTask {
  /** Base64 of the Temporal task token. */
  token: string;
  id: string;
  attempt: number;
}

/** What is kept on disk of each run, so that a worker's next life can end its processes and give its task back. */
export interface RunRecord {
  runId: string;
  /** Process group and session of the run: the pid of its first process; null when it was not started yet. */
  pgid: number | null;
  /** When that process started, in milliseconds since boot. */
  startMs: number | null;
  cookie: string;
  cgroup: string | null;
  bootId: string;
  task: RunTask | null;
  /** When the record was begun, milliseconds since 1970. */
  at: number;
  /** When the leash had ended the run of its own accord, milliseconds since 1970. */
  endedAt: number | null;
}

const GRACE_MS = 2_000;

/** Writes a run's record, readable by the owner alone, whole or not at all. Throws when the disk refuses it. */
export function writeRecord(stateDir: string, record: RunRecord): void {
  const path = recordPath(stateDir, record.runId);
  mkdirSync(runsDir(stateDir), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.tmp`;
  // Not synced to the disk: after a power cut no process is left to be ended, and the task's lease runs out by itself.
  writeFileSync(draft, JSON.stringify(record), { mode: 0o600 });
  renameSync(draft, path);
}

/** Removes a run's record; to be called when the server has acknowledged the end of the run. */
export function removeRecord(stateDir: string, runId: string): void {
  rmSync(recordPath(stateDir, runId), { force: true });
}

/** Notes that the run was ended by the leash. The record stays: its task has still to be given back. */
export function markEnded(stateDir: string, runId: string): void {
  const record = readRecord(recordPath(stateDir, runId));
  if (record !== null) writeRecord(stateDir, { ...record, endedAt: Date.now() });
}

/**
 * Ends every process that a former life of this state folder's worker left, with or without a record, and returns the
 * records, oldest first, so that their tasks can be given back; remove each when that is done. Records that cannot be
 * read are moved to `runs/corrupt`. To be called before the worker takes any task.
 */
export async function reapLeftovers(stateDir: string, log: Logger = silentLogger): Promise<RunRecord[]> {
  const records = readRecords(stateDir, log);
  const boot = bootId();
  const endings = records.map(async (record) => {
    // After a reboot the processes are gone and their numbers mean nothing; only the cookie could still be met.
    const sameBoot = record.bootId === boot && record.pgid !== null && record.startMs !== null;
    const leader = sameBoot ? { pid: Number(record.pgid), startMs: Number(record.startMs) } : null;
    const alive = await endTree({ cookie: record.cookie, cgroup: record.cgroup, leader, sinceMs: 0 }, GRACE_MS);
    if (alive > 0) log.warn({ runId: record.runId, processes: alive }, 'ended a run of a former life');
  });
  await Promise.all(endings);
  const unknown = { cookie: cookiePrefix(stateDir), cgroup: null, leader: null, sinceMs: 0 };
  const unrecorded = await endTree(unknown, GRACE_MS);
  if (unrecorded > 0) log.warn({ processes: unrecorded }, 'ended processes of a former life that no record named');
  return records;
}

function readRecords(stateDir: string, log: Logger): RunRecord[] {
  const dir = runsDir(stateDir);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const records: RunRecord[] = [];
  for (const entry of readdirSync(dir, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(dir, entry.name);
    const record = entry.name.endsWith('.json') ? readRecord(path) : null;
    if (record !== null) {
      records.push(record);
    } else if (entry.name.endsWith('.tmp')) {
      rmSync(path, { force: true }); // Its writer died before the record was whole; nothing was started under it.
    } else {
      mkdirSync(join(dir, 'corrupt'), { recursive: true, mode: 0o700 });
      renameSync(path, join(dir, 'corrupt', entry.name));
      log.error({ file: entry.name }, 'a run record cannot be read: moved to runs/corrupt');
    }
  }
  return records.sort((a, b) => a.at - b.at);
}

function readRecord(path: string): RunRecord | null {
  let value: Partial<RunRecord> | null;
  try {
    value = JSON.parse(readFileSync(path, 'utf8')) as Partial<RunRecord> | null;
  } catch {
    return null;
  }
  const { runId, cookie, bootId: boot, at, task = null } = value ?? {};
  if (typeof runId !== 'string' || typeof boot !== 'string' || typeof at !== 'number') return null;
  // A short cookie would match the processes of others.
  if (typeof cookie !== 'string' || !/^[0-9a-f]{12}-[0-9a-f]{32}$/.test(cookie)) return null;
  if (task !== null && (typeof task.token !== 'string' || typeof task.id !== 'string')) return null;
  const number = (of: unknown) => (typeof of === 'number' ? of : null);
  return {
    runId,
    pgid: number(value?.pgid),
    startMs: number(value?.startMs),
    cookie,
    // Only the folder that was made for this cookie is ever killed as a whole.
    cgroup: value?.cgroup?.endsWith?.(`/${cookie}`) ? value.cgroup : null,
    bootId: boot,
    task: task === null ? null : { ...task, attempt: number(task.attempt) ?? 0 },
    at,
    endedAt: number(value?.endedAt),
  };
}

function runsDir(stateDir: string): string {
  return join(stateDir, 'runs');
}

/** Run ids may hold any character: the file is named by what is harmless of them and a hash of the whole. */
function recordPath(stateDir: string, runId: string): string {
  const hash = createHash('sha256').update(runId).digest('hex').slice(0, 12);
  return join(runsDir(stateDir), `${runId.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, 80)}-${hash}.json`);
}
