import { accessSync, closeSync, constants, mkdirSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isSameProcess, type Lock, startOf, tryLock } from '#setup/lock.mjs';
import { EmbeddedServerError } from './errors.ts';

/** A server whose starter was killed takes up to 10 s to end itself; see guarded-process.ts. */
const ORPHAN_WAIT_MS = 15_000;
const SQLITE_MAGIC = 'SQLite format 3\0';

function unusable(file: string, why: string, cause?: unknown): EmbeddedServerError {
  return new EmbeddedServerError('database-unusable', `the database ${file} ${why}: choose another with --db FILE`, {
    cause,
  });
}

function checkUsable(file: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    accessSync(dirname(file), constants.W_OK);
  } catch (error) {
    throw unusable(file, `cannot be created (${(error as NodeJS.ErrnoException).code} on its folder)`, error);
  }
  const stat = statSync(file, { throwIfNoEntry: false });
  if (!stat) return;
  if (!stat.isFile()) throw unusable(file, 'is not a file');
  try {
    accessSync(file, constants.R_OK | constants.W_OK);
  } catch (error) {
    throw unusable(file, 'cannot be written', error);
  }
  const head = Buffer.alloc(SQLITE_MAGIC.length);
  const fd = openSync(file, 'r');
  const length = readSync(fd, head);
  closeSync(fd);
  if (length > 0 && head.toString('latin1') !== SQLITE_MAGIC) throw unusable(file, 'is not an SQLite database');
}

/**
 * Creates the folder of the database and takes the file for one server. SQLite would let a second server write to the
 * same file, and both would believe to own every workflow in it.
 */
export async function claimDatabase(file: string, address: string): Promise<Lock> {
  checkUsable(file);
  const deadline = Date.now() + ORPHAN_WAIT_MS;
  const details = { address, starter: process.pid, starterStart: startOf(process.pid) };
  for (;;) {
    const taken = tryLock(`${file}.lock`, details);
    if ('lock' in taken) return taken.lock;
    const { holder } = taken;
    const starterLives =
      typeof holder?.starter === 'number' && isSameProcess(holder.starter, (holder.starterStart as string) ?? null);
    if (starterLives || Date.now() > deadline) {
      const who = holder
        ? `the server at ${holder.address} (process ${holder.pid} on ${holder.host})`
        : 'another server';
      throw new EmbeddedServerError(
        'database-in-use',
        `the database ${file} is in use by ${who}: stop that one or choose another file with --db FILE`,
      );
    }
    await delay(100);
  }
}
