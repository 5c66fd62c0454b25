import { createHash } from 'node:crypto';
import { InvalidInput } from '../../schemas/parse.ts';
import { problemOfPath, SKILL_LIMITS } from '../../schemas/skill.ts';

/** One file of a skill. `path`: within the folder, parts joined by `/`. */
export interface SkillFile {
  path: string;
  executable: boolean;
  data: Uint8Array;
}

const HEADING = 'colibri-skill 1\n';

/**
 * The canonical archive of a set of files, the same bytes for the same files on every system: a heading, then the files
 * in the byte order of their paths, each as `<x or -> <size> <path>\0` and its bytes. Times and owners are not kept. A
 * format of our own because the digest rests on it: what a library writes may differ with its next version.
 */
export function writeArchive(files: readonly SkillFile[]): Buffer {
  const sorted = files.map((file) => ({ ...file, key: Buffer.from(file.path) }));
  sorted.sort((a, b) => Buffer.compare(a.key, b.key));
  const parts: Uint8Array[] = [Buffer.from(HEADING)];
  for (const { path, executable, data } of sorted) {
    parts.push(Buffer.from(`${executable ? 'x' : '-'} ${data.length} ${path}\0`), data);
  }
  return Buffer.concat(parts);
}

/**
 * The files of an archive. Throws InvalidInput when it is not canonical or beyond {@link SKILL_LIMITS}: no two archives
 * hold the same files, and no path leaves the folder or is both a file and a folder.
 */
export function readArchive(archive: Buffer, what: string): SkillFile[] {
  const refuse = (message: string) => new InvalidInput(what, [{ field: '', message }]);
  if (archive.subarray(0, HEADING.length).toString('latin1') !== HEADING) throw refuse('is no archive of a skill');
  const files: SkillFile[] = [];
  const folders = new Set<string>();
  let before: Buffer | undefined;
  let at = HEADING.length;
  while (at < archive.length) {
    const end = archive.indexOf(0, at);
    const head = end === -1 ? '' : archive.toString('utf8', at, end);
    const match = /^([x-]) (0|[1-9]\d{0,8}) ([\s\S]+)$/.exec(head);
    if (!match) throw refuse(`is damaged at byte ${at}`);
    const [, mode, length, path = ''] = match;
    const size = Number(length);
    const problem = problemOfPath(path);
    if (problem !== null) throw refuse(`the path "${path}" ${problem}`);
    const key = Buffer.from(path);
    if (before && Buffer.compare(before, key) >= 0) throw refuse(`its files are not in order at "${path}"`);
    const data = archive.subarray(end + 1, end + 1 + size);
    if (data.length !== size) throw refuse(`ends within "${path}"`);
    files.push({ path, executable: mode === 'x', data });
    for (let cut = path.lastIndexOf('/'); cut > 0; cut = path.lastIndexOf('/', cut - 1))
      folders.add(path.slice(0, cut));
    before = key;
    at = end + 1 + size;
  }
  const both = files.find(({ path }) => folders.has(path));
  if (both) throw refuse(`"${both.path}" is both a file and a folder`);
  if (files.length > SKILL_LIMITS.files) throw refuse(`holds more than ${SKILL_LIMITS.files} files`);
  return files;
}

export function digestOf(archive: Uint8Array): string {
  return createHash('sha256').update(archive).digest('hex');
}
