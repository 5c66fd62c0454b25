import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** Longest folder name that we make of a task's key; the rest of a longer one is told by a hash. */
const MAX_NAME = 120;

/**
 * Where one session keeps what is its own: `transcript` (JSON lines of session events), `work` (the agent's folder) and
 * `needs` (results of the tasks that it needed, where there are such).
 */
export interface SessionFolder {
  root: string;
  transcript: string;
  work: string;
  needs: string;
}

/** The folder of all sessions of this state folder. */
export function sessionsRoot(home: string): string {
  return join(home, 'sessions');
}

/** Where the session with this id keeps what is its own. */
export function sessionPath(home: string, sessionId: string): string {
  const cut = sessionId.lastIndexOf('/');
  return join(sessionsRoot(home), folderName(sessionId.slice(0, cut)), sessionId.slice(cut + 1));
}

/** Makes the folder of a session, readable by the owner alone. */
export function makeSessionFolder(home: string, sessionId: string): SessionFolder {
  const root = sessionPath(home, sessionId);
  const work = join(root, 'work');
  mkdirSync(work, { recursive: true, mode: 0o700 });
  return { root, work, transcript: join(root, 'events.jsonl'), needs: join(root, 'needs') };
}

/** A task key may be any workflow id: only what is safe in a file name is kept as it is. */
function folderName(taskKey: string): string {
  const safe = encodeURIComponent(taskKey).replaceAll('.', '%2E');
  if (safe.length <= MAX_NAME) return safe;
  const hash = createHash('sha256').update(taskKey).digest('hex').slice(0, 16);
  return `${safe.slice(0, MAX_NAME - 17)}-${hash}`;
}
