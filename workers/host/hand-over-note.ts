import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { PresenceDetails } from '../../schemas/fleet.ts';

/** What a worker that was succeeded tells its successor of itself, so that the two together keep within the slots. */
export const HandOverNote = z.object({ used: z.int().min(0), running: PresenceDetails.shape.running });
export type HandOverNote = z.infer<typeof HandOverNote>;

const notePath = (seatDir: string) => join(seatDir, 'handing-over.json');
const draftPath = (seatDir: string) => `${notePath(seatDir)}.new`;
const endPath = (seatDir: string) => join(seatDir, 'end-now');

/** Says that this worker takes nothing new, and what it still runs. */
export function writeNote(seatDir: string, note: HandOverNote): void {
  const draft = draftPath(seatDir);
  writeFileSync(draft, JSON.stringify(note), { mode: 0o600 });
  renameSync(draft, notePath(seatDir));
}

/** The note of a worker that was succeeded; undefined while it does not know of it yet. */
export function readNote(seatDir: string): HandOverNote | undefined {
  try {
    return HandOverNote.safeParse(JSON.parse(readFileSync(notePath(seatDir), 'utf8'))).data;
  } catch {
    return undefined;
  }
}

/** Asks a worker that was succeeded to give its tasks back now. */
export function askToEnd(seatDir: string): void {
  writeFileSync(endPath(seatDir), '', { mode: 0o600 });
}

export function isAskedToEnd(seatDir: string): boolean {
  return existsSync(endPath(seatDir));
}

/** Forgets note and request: this worker takes tasks, or is gone. */
export function removeNotes(seatDir: string): void {
  // A worker that was killed while it wrote leaves a draft.
  for (const path of [notePath, draftPath, endPath]) rmSync(path(seatDir), { force: true });
}
