import { readdir, rm, rmdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { sessionPath, sessionsRoot } from './session-folder.ts';

/** Removes the folders of sessions, `active` ones (by id) aside, that nothing was written to for `keepMs`. Returns how many. */
export async function pruneSessions(
  home: string,
  keepMs: number,
  active: ReadonlySet<string>,
  now = Date.now(),
): Promise<number> {
  const root = sessionsRoot(home);
  const kept = new Set([...active].map((sessionId) => sessionPath(home, sessionId)));
  let removed = 0;
  for (const task of await readdir(root).catch(() => [])) {
    const folder = join(root, task);
    for (const attempt of await readdir(folder).catch(() => [])) {
      const session = join(folder, attempt);
      if (kept.has(session) || now - (await lastWrite(session)) < keepMs) continue;
      await rm(session, { recursive: true, force: true });
      removed += 1;
    }
    await rmdir(folder).catch(() => undefined);
  }
  return removed;
}

async function lastWrite(session: string): Promise<number> {
  const transcript = await stat(join(session, 'events.jsonl')).catch(() => stat(session).catch(() => undefined));
  return transcript?.mtimeMs ?? Date.now();
}
