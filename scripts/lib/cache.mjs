// Where everything that is fetched or built once per user lives, shared by all clones and installed packages.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { isAlive } from './lock.mjs';

/** @param {NodeJS.ProcessEnv} [env] */
export function cacheDir(env = process.env) {
  if (env.COLIBRI_CACHE) return resolve(env.COLIBRI_CACHE);
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'colibri');
}

/** Version and platform are part of each name, so machines that share a home never take each other's files. */
export function platformSuffix() {
  return `${process.platform}-${process.arch}`;
}

/**
 * A fresh folder on the cache's own file system, so that its content can be renamed into place. Folders of processes
 * that died before they could clean up are removed on the way.
 * @param {string} cache
 */
export function makeTempDir(cache) {
  const root = join(cache, 'tmp');
  mkdirSync(root, { recursive: true });
  for (const name of readdirSync(root)) {
    const owner = Number(name.split('-')[0]);
    if (Number.isInteger(owner) && !isAlive(owner)) rmSync(join(root, name), { recursive: true, force: true });
  }
  return mkdtempSync(join(root, `${process.pid}-${randomBytes(2).toString('hex')}-`));
}
