import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { PollLog } from './polling/types.ts';
import { sessionPath, sessionsRoot } from './session-folder.ts';

export interface PruneOptions {
  /** Folder of everything this host writes. */
  home: string;
  keepMs: number;
  /** Ids of the sessions that run. */
  active: () => ReadonlySet<string>;
  log: PollLog;
}

/** Removes the folders of sessions, active ones aside, that nothing was written to for a time. */
export class SessionPruner {
  readonly #options: PruneOptions;
  /** Folders that could not be removed and were warned of: an agent's container may have left what only root removes. */
  readonly #stuck = new Set<string>();

  constructor(options: PruneOptions) {
    this.#options = options;
  }

  /** Returns how many were removed. Never rejects: a folder that cannot be removed is warned of once and left. */
  async prune(now = Date.now()): Promise<number> {
    const { home, active, log } = this.#options;
    let removed = 0;
    try {
      const root = sessionsRoot(home);
      const kept = new Set([...active()].map((sessionId) => sessionPath(home, sessionId)));
      for (const task of await readdir(root).catch(() => [])) {
        const folder = join(root, task);
        for (const attempt of await readdir(folder).catch(() => [])) {
          const session = join(folder, attempt);
          if (!kept.has(session) && (await this.#isOld(session, now)) && (await this.#remove(session))) removed += 1;
        }
        await rmdir(folder).catch(() => undefined);
      }
      if (removed > 0) log.info({ removed }, 'old sessions removed');
    } catch (error) {
      log.warn({ error: (error as Error).message }, 'old sessions could not be looked through');
    }
    return removed;
  }

  async #isOld(session: string, now: number): Promise<boolean> {
    const written = await stat(join(session, 'events.jsonl')).catch(() => stat(session).catch(() => undefined));
    return written !== undefined && now - written.mtimeMs >= this.#options.keepMs;
  }

  async #remove(session: string): Promise<boolean> {
    try {
      await rm(session, { recursive: true, force: true });
      this.#stuck.delete(session);
      return true;
    } catch (error) {
      if (!this.#stuck.has(session)) {
        const { message } = error as Error;
        this.#options.log.warn({ folder: session, error: message }, 'an old session cannot be removed; it is left');
      }
      this.#stuck.add(session);
      return false;
    }
  }
}
