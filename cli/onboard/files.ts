import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ColibriError } from '../../client/errors.ts';
import type { Owner } from './owner.ts';

/** A file as it is to be. */
export interface PlannedFile {
  path: string;
  mode: number;
  owner: Pick<Owner, 'name' | 'uid' | 'gid'>;
  content: string;
  /** What it is for, in a few words. */
  about: string;
}

/** The file as it stands; null when there is none. */
export function contentOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw new ColibriError('refused', `${path} cannot be read: ${message}`, 'run this as its owner, or use sudo');
  }
}

/** Makes a file what it is to be, in one step. `false`: it was so already. */
export function mendFile({ path, mode, owner, content }: PlannedFile): boolean {
  const stat = statSync(path, { throwIfNoEntry: false });
  const same = stat !== undefined && contentOf(path) === content;
  if (same && (stat.mode & 0o777) === mode && stat.uid === owner.uid) return false;
  // Beside it, so that nobody ever reads half of it, or reads it before its mode is right.
  const draft = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    writeFileSync(draft, content, { mode, flag: 'wx' });
    chmodSync(draft, mode);
    giveTo(draft, owner);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return true;
}

/** Folders on the way to this one that are missing, outermost first. */
export function missingFolders(path: string): string[] {
  const missing: string[] = [];
  for (let folder = path; !existsSync(folder) && folder !== dirname(folder); folder = dirname(folder)) {
    missing.unshift(folder);
  }
  return missing;
}

export function makeFolder(path: string, mode: number, owner: PlannedFile['owner']): void {
  mkdirSync(path, { mode });
  chmodSync(path, mode);
  giveTo(path, owner);
}

/** Removes a folder that is empty; one that is not stays. */
export function removeIfEmpty(path: string): boolean {
  if (!existsSync(path) || readdirSync(path).length > 0) return false;
  rmdirSync(path);
  return true;
}

/** Throws `refused` unless a file can be made in this folder, or in one that can be made here. Leaves nothing. */
export function refuseUnwritable(what: string, path: string): void {
  let folder = path;
  while (!existsSync(folder) && folder !== dirname(folder)) folder = dirname(folder);
  try {
    rmdirSync(mkdtempSync(join(folder, '.colibri-')));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why = { EACCES: 'not allowed', EPERM: 'not allowed', EROFS: 'read-only', ENOTDIR: 'not a folder' };
    const reason = why[code as keyof typeof why] ?? (error as Error).message;
    throw new ColibriError(
      'refused',
      `${what}: ${path} cannot be written (${folder}: ${reason})`,
      'choose another folder with --home, or use sudo',
    );
  }
}

function giveTo(path: string, { uid, gid }: PlannedFile['owner']): void {
  const stat = statSync(path);
  if (stat.uid !== uid || stat.gid !== gid) chownSync(path, uid, gid);
}
