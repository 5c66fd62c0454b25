import { createHash, randomBytes } from 'node:crypto';
import { resolve } from 'node:path';

/** A short name for a state folder: begins the cookies of its runs and names their cgroup. */
export function stateId(stateDir: string): string {
  return createHash('sha256').update(resolve(stateDir)).digest('hex').slice(0, 12);
}

/**
 * A new cookie. It begins with the state folder's name, so that what a former life left behind is found even when
 * its run record is lost.
 */
export function newCookie(stateDir: string): string {
  return `${cookiePrefix(stateDir)}${randomBytes(16).toString('hex')}`;
}

/** What all cookies of a state folder begin with. */
export function cookiePrefix(stateDir: string): string {
  return `${stateId(stateDir)}-`;
}
