import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { sameStart, startOf } from '../leash/process-table.ts';

/** Another worker of this machine holds the state folder. */
export class StateLocked extends Error {
  override readonly name = 'StateLocked';
}

/**
 * Takes a host's state folder for this process. A lock whose process is gone (or whose number was given to another) is
 * taken over. Returns what releases it. Throws {@link StateLocked} naming the holder.
 */
export function lockState(stateDir: string): () => void {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  const path = join(stateDir, 'worker.lock');
  // Linked in whole: one that is still being written would be taken for a stale one.
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, JSON.stringify({ pid: process.pid, startMs: startOf(process.pid) }), { mode: 0o600 });
  try {
    for (let tries = 0; ; tries += 1) {
      try {
        linkSync(draft, path);
        return () => rmSync(path, { force: true });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST' || tries > 3) throw error;
        const holder = readHolder(path);
        if (holder) {
          const { pid } = holder;
          throw new StateLocked(`another worker (process ${pid}) already runs with the state folder ${stateDir}`);
        }
        rmSync(path, { force: true });
      }
    }
  } finally {
    rmSync(draft, { force: true });
  }
}

/** The process whose worker holds a host's state folder; undefined when none does. */
export function lockHolder(stateDir: string): { pid: number } | undefined {
  return readHolder(join(stateDir, 'worker.lock'));
}

function readHolder(path: string): { pid: number } | undefined {
  try {
    const { pid, startMs } = JSON.parse(readFileSync(path, 'utf8')) as { pid: number; startMs: number };
    const started = startOf(pid);
    return started !== null && sameStart(started, startMs) ? { pid } : undefined;
  } catch {
    return undefined;
  }
}
