import { accessSync, closeSync, constants, openSync, readSync, statSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';

/** Where programs are sought when the environment given has no PATH. */
const DEFAULT_PATH = '/usr/local/bin:/usr/bin:/bin';

/**
 * The file that a command's first word names: a path as seen from `cwd`, else a program on the PATH of the
 * environment that it will run in. Throws an error that says plainly what is missing; found out beforehand, because
 * a shell in between would make it an exit code that programs use too.
 */
export function resolveProgram(name: string, cwd: string, env: Readonly<Record<string, string>>): string {
  if (!isFolder(cwd)) throw new Error(`working folder ${cwd} does not exist (ENOENT)`);
  if (name === '') throw new Error('the command is empty');
  if (name.includes('\0')) throw new Error('the name of the program holds a NUL byte');
  if (name.includes('/')) {
    const path = resolve(cwd, name);
    const problem = problemOf(path);
    if (problem !== null) throw new Error(`${name} cannot be run: ${problem}`);
    return path;
  }
  let refused: string | null = null;
  for (const folder of (env.PATH ?? DEFAULT_PATH).split(':')) {
    const path = join(isAbsolute(folder) ? folder : resolve(cwd, folder), name);
    const problem = problemOf(path);
    if (problem === null) return path;
    if (!problem.endsWith('(ENOENT)')) refused ??= `${path} cannot be run: ${problem}`;
  }
  throw new Error(refused ?? `${name} was not found on PATH ${env.PATH ?? DEFAULT_PATH} (ENOENT)`);
}

/** Why a file cannot be executed, null when it can. */
function problemOf(path: string): string | null {
  try {
    if (!statSync(path).isFile()) return 'it is not a file (EACCES)';
    accessSync(path, constants.X_OK);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EACCES') return 'permission denied (EACCES)';
    return `no such file (${code === 'ENOTDIR' ? 'ENOENT' : code})`;
  }
  const interpreter = interpreterOf(path);
  if (interpreter === null || !isAbsolute(interpreter)) return null;
  const missing = problemOf(interpreter);
  return missing === null ? null : `its interpreter ${interpreter}: ${missing.replace('ENOENT', 'no interpreter')}`;
}

/** The program that a script names in its first line. */
function interpreterOf(path: string): string | null {
  try {
    const file = openSync(path, 'r');
    try {
      const head = Buffer.alloc(256);
      const length = readSync(file, head, 0, head.length, 0);
      return /^#![ \t]*([^ \t\r\n]+)/.exec(head.toString('latin1', 0, length))?.[1] ?? null;
    } finally {
      closeSync(file);
    }
  } catch {
    return null; // Executable but not readable: no script.
  }
}

function isFolder(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
