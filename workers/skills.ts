import { readdir, readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { parse } from 'yaml';
import { parseOrThrow } from '../schemas/parse.ts';
import { SkillManifest } from '../schemas/skill.ts';
import { packageRoot } from './version.ts';

export interface Skill extends SkillManifest {
  folder: string;
}

/** The skills that come with Colibri: the `skills` folder at the root of the package. */
export const shippedSkillsFolder: string = join(packageRoot, 'skills');

/** Reads every skill in a folder of skills, by name. A broken one is an error that names its file. */
export async function loadSkills(folder: string = shippedSkillsFolder): Promise<Map<string, Skill>> {
  const skills = new Map<string, Skill>();
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) {
    if (!entry.isDirectory()) continue;
    const skill = await loadSkill(join(folder, entry.name));
    skills.set(skill.name, skill);
  }
  return skills;
}

/** Reads one skill: a folder with a SKILL.md whose name is the folder's. */
export async function loadSkill(folder: string): Promise<Skill> {
  const file = join(folder, 'SKILL.md');
  const text = await readFile(file, 'utf8');
  const head = /^---\r?\n([\s\S]*?)\r?\n---\r?\n/.exec(text);
  if (!head?.[1]) throw new Error(`${file}: starts with no front matter between --- lines`);
  const manifest = parseOrThrow(SkillManifest, parse(head[1]), file);
  if (manifest.name !== basename(folder)) throw new Error(`${file}: name "${manifest.name}" must be its folder's name`);
  return { ...manifest, folder };
}
