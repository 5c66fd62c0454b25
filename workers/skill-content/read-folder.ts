import type { Dirent } from 'node:fs';
import { lstat, open, readdir, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { formatBytes } from '../../schemas/byte-size.ts';
import { InvalidInput } from '../../schemas/parse.ts';
import { problemOfPath, SKILL_LIMITS } from '../../schemas/skill.ts';
import type { SkillFile } from './archive.ts';

/** What tools leave in any folder and no skill means to carry. */
const LEFT_OUT = new Set(['.git', '.hg', '.svn', '.DS_Store']);

/**
 * Every file of a skill's folder. A symbolic link to a file within the folder is taken as that file; a link that leads
 * out, to a folder or nowhere is refused, as is what is neither file nor folder, and a folder beyond
 * {@link SKILL_LIMITS}, of which no more is read than is allowed. Throws InvalidInput naming the path.
 */
export async function readSkillFolder(folder: string): Promise<SkillFile[]> {
  const root = await realpath(folder).catch(() => folder);
  if (!(await stat(root).catch(() => undefined))?.isDirectory()) {
    throw new InvalidInput(folder, [{ field: '', message: 'is no folder: name the one that holds SKILL.md' }]);
  }
  const files: SkillFile[] = [];
  let left = SKILL_LIMITS.bytes;
  const refuse = (field: string, message: string) => new InvalidInput(folder, [{ field, message }]);
  const tooLarge = (path: string) =>
    refuse(
      path,
      `the files of a skill may take ${formatBytes(SKILL_LIMITS.bytes)} together, and with this one take more`,
    );

  await walk('');
  return files;

  async function walk(prefix: string): Promise<void> {
    for (const entry of await readdir(join(root, prefix), { withFileTypes: true })) {
      if (LEFT_OUT.has(entry.name)) continue;
      const path = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      const problem = problemOfPath(path);
      if (problem !== null) throw refuse(path, problem);
      if (entry.isDirectory()) await walk(path);
      else await take(entry, path);
    }
  }

  async function take(entry: Dirent, path: string): Promise<void> {
    const at = entry.isSymbolicLink() ? await target(path) : join(root, path);
    const { mode, size } = await lstat(at);
    if (!(await lstat(at)).isFile()) throw refuse(path, 'is neither a file nor a folder');
    if (files.length >= SKILL_LIMITS.files) throw refuse(path, `a skill holds at most ${SKILL_LIMITS.files} files`);
    if (size > left) throw tooLarge(path);
    const data = await readAtMost(at, left);
    if (data === null) throw tooLarge(path);
    left -= data.length;
    files.push({ path, executable: (mode & 0o111) !== 0, data });
  }

  async function target(path: string): Promise<string> {
    const at = await realpath(join(root, path)).catch(() => null);
    if (at === null) throw refuse(path, 'is a symbolic link that leads nowhere');
    const inside = relative(root, at);
    if (inside === '..' || inside.startsWith(`..${sep}`))
      throw refuse(path, 'is a symbolic link that leads out of the folder');
    if (!(await lstat(at)).isFile())
      throw refuse(path, 'is a symbolic link to what is no file: put the files there instead');
    return at;
  }
}

/** A file's bytes, null when they are more: a file may grow after its size was asked for. */
async function readAtMost(path: string, most: number): Promise<Buffer | null> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const data = Buffer.alloc(Math.min(size, most) + 1);
    let read = 0;
    for (;;) {
      const { bytesRead } = await file.read(data, read, data.length - read, read);
      if (bytesRead === 0) return data.subarray(0, read);
      read += bytesRead;
      if (read === data.length) return null;
    }
  } finally {
    await file.close();
  }
}
