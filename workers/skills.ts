import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { SkillManifest } from '../schemas/skill.ts';
import { skillTextIn } from './skill-content/pack.ts';
import { readSkillFolder } from './skill-content/read-folder.ts';
import { packageRoot } from './version.ts';

/** A skill as a runtime gets it. `instructions`: the body of its SKILL.md, for an agent that reads. */
export interface Skill extends SkillManifest {
  folder: string;
  instructions: string;
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
  const { manifest, instructions } = skillTextIn(await readSkillFolder(folder), basename(folder));
  return { ...manifest, folder, instructions };
}
