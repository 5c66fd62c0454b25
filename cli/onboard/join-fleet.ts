import { randomUUID } from 'node:crypto';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import { contentOf, makeFolder, mendFile, missingFolders, removeIfEmpty } from './files.ts';
import { type Onboarding, recordPath } from './record.ts';
import type { Target } from './target.ts';

/** What is known of this machine's onboarding, before this run has changed anything. */
export function beginRecord({ record, name, address, namespace, owner, home }: Target): Onboarding {
  const said = { name, address, namespace, user: owner.name };
  if (record !== null) return { ...record, ...said };
  return {
    ...{
      version: 1,
      ...said,
      joinId: randomUUID(),
      joinedAt: null,
      service: null,
      probed: null,
      verified: null,
      unread: false,
    },
    ...{ folders: [], files: [], found: existsSync(home) ? readdirSync(home) : [] },
  };
}

/** Keeps what was done so far, for a run that follows. */
export function keepRecord({ home, owner }: Pick<Target, 'home' | 'owner'>, record: Onboarding): void {
  const content = `${JSON.stringify(record, null, 2)}\n`;
  mendFile({ path: recordPath(home), mode: 0o600, owner, content, about: 'its record' });
}

/** Makes the home folder and writes the configuration. Returns the paths that were written. */
export function writeConfiguration(target: Target, record: Onboarding): string[] {
  const { home, owner, files } = target;
  for (const folder of missingFolders(home)) {
    makeFolder(folder, 0o700, owner);
    record.folders.push(folder);
  }
  // The record first: what is written must be known to whoever undoes it.
  for (const { path } of files) {
    if (!record.files.some((file) => file.path === path)) record.files.push({ path, previous: contentOf(path) });
  }
  keepRecord(target, record);
  const written = files.filter(mendFile).map((file) => file.path);
  if (written.length > 0) {
    record.unread = true;
    keepRecord(target, record);
  }
  return written;
}

/**
 * Joins the fleet by the code. When another took the code in the meantime nothing stays of what this run wrote; after
 * any other trouble it stays, and a second run joins.
 */
export async function spendCode(colibri: Colibri, target: Target, record: Onboarding, code: string): Promise<void> {
  try {
    await colibri.invites.join({ code, name: target.name, joinId: record.joinId, spend: true });
  } catch (error) {
    if (error instanceof ColibriError && error.code === 'refused') removeConfiguration(target.home, record);
    throw error;
  }
  record.joinedAt = new Date().toISOString();
  keepRecord(target, record);
}

/** Takes back the files and, where they are empty then, the folders. Returns what was removed. */
export function removeConfiguration(home: string, record: Onboarding): string[] {
  const removed: string[] = [];
  for (const { path, previous } of record.files) {
    const standing = contentOf(path);
    if (standing === null) continue;
    if (previous === null) rmSync(path);
    else writeFileSync(path, previous);
    removed.push(path);
  }
  rmSync(recordPath(home), { force: true });
  removed.push(recordPath(home));
  return [...removed, ...record.folders.toReversed().filter(removeIfEmpty)];
}
