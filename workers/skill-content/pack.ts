import { promisify } from 'node:util';
import { gunzip, gzip } from 'node:zlib';
import { formatBytes } from '../../schemas/byte-size.ts';
import { InvalidInput } from '../../schemas/parse.ts';
import { SKILL_LIMITS, type SkillContents, type SkillRef, skillKey } from '../../schemas/skill.ts';
import { digestOf, readArchive, type SkillFile, writeArchive } from './archive.ts';
import { parseSkillText, SKILL_FILE, type SkillText } from './skill-file.ts';

/** A skill ready to be carried: what it is, and its packed content in parts. */
export interface PackedSkill {
  contents: SkillContents;
  parts: Buffer[];
}

/** A content that was read and found sound. */
export interface OpenedSkill extends SkillText {
  contents: SkillContents;
  files: SkillFile[];
}

/** Packs a skill's files. `name`: of its folder. Throws InvalidInput naming what is wrong. */
export async function packSkill(files: readonly SkillFile[], name: string): Promise<PackedSkill> {
  const text = skillTextIn(files, name);
  const archive = writeArchive(files);
  const packed = await promisify(gzip)(archive, { level: 9 });
  if (packed.length > SKILL_LIMITS.packedBytes) {
    const message = `takes ${formatBytes(packed.length)} compressed, and a skill may take ${formatBytes(SKILL_LIMITS.packedBytes)}`;
    throw new InvalidInput(name, [{ field: '', message }]);
  }
  const parts: Buffer[] = [];
  for (let at = 0; at < packed.length; at += SKILL_LIMITS.partBytes) {
    parts.push(packed.subarray(at, at + SKILL_LIMITS.partBytes));
  }
  const ref = { name, digest: digestOf(archive) };
  return { contents: contentsOf(ref, text, files, packed.length), parts };
}

/** Unpacks content and checks that it is what its digest says. Throws InvalidInput when it is not. */
export async function openSkill(ref: SkillRef, parts: readonly Uint8Array[]): Promise<OpenedSkill> {
  const what = `the content of the skill ${ref.name}`;
  const refuse = (message: string) => new InvalidInput(what, [{ field: '', message }]);
  const packed = Buffer.concat(parts);
  if (packed.length > SKILL_LIMITS.packedBytes) throw refuse('is larger than a skill may be');
  const most = SKILL_LIMITS.bytes + SKILL_LIMITS.files * (SKILL_LIMITS.pathBytes + 16);
  let archive: Buffer;
  try {
    archive = await promisify(gunzip)(packed, { maxOutputLength: most });
  } catch (error) {
    throw refuse(`cannot be unpacked (${(error as Error).message})`);
  }
  const digest = digestOf(archive);
  if (digest !== ref.digest) throw refuse(`is not what its digest says: ${skillKey(ref)}, and it is ${digest}`);
  const files = readArchive(archive, what);
  const text = skillTextIn(files, ref.name);
  return { ...text, contents: contentsOf(ref, text, files, packed.length), files };
}

/** SKILL.md among the files, its rules and those on the folder kept. */
export function skillTextIn(files: readonly SkillFile[], name: string): SkillText {
  const what = `${name}/${SKILL_FILE}`;
  const file = files.find(({ path }) => path === SKILL_FILE);
  if (!file) throw new InvalidInput(what, [{ field: '', message: 'is missing: it makes a folder a skill' }]);
  const text = parseSkillText(Buffer.from(file.data).toString('utf8'), what);
  const refuse = (field: string, message: string) => new InvalidInput(what, [{ field, message }]);
  const { manifest } = text;
  if (manifest.name !== name) throw refuse('name', `is "${manifest.name}" and must be that of its folder, "${name}"`);
  if (manifest.entry === null) return text;
  const entry = files.find(({ path }) => path === manifest.entry);
  if (!entry) throw refuse('metadata.colibri-entry', `there is no file "${manifest.entry}" in the folder`);
  if (!entry.executable && !/\.([cm]?js|sh)$/.test(entry.path)) {
    throw refuse('metadata.colibri-entry', `"${entry.path}" cannot be run: make it executable (chmod +x)`);
  }
  return text;
}

function contentsOf(
  ref: SkillRef,
  { manifest }: SkillText,
  files: readonly SkillFile[],
  packedBytes: number,
): SkillContents {
  return {
    name: ref.name,
    digest: ref.digest,
    description: manifest.description,
    license: manifest.license ?? null,
    compatibility: manifest.compatibility ?? null,
    allowedTools: manifest.allowedTools ?? null,
    metadata: manifest.metadata,
    requires: manifest.requires,
    entry: manifest.entry,
    bytes: files.reduce((sum, { data }) => sum + data.length, 0),
    packedBytes,
    files: files.length,
  };
}
