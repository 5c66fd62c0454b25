import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { InvalidInput } from '../../schemas/parse.ts';
import { inputVariable } from '../../schemas/skill-inputs.ts';
import type { Skill } from '../skills.ts';
import type { SessionFolder } from './session-folder.ts';
import type { SkillInUse, SkillStore } from './skill-store.ts';

/** The task can be run by no host: its skill's content is missing on the server, or unsound. */
export class TaskUnrunnable extends Error {
  override readonly name = 'TaskUnrunnable';
}

export interface SkillSources {
  host: string;
  /** Those that come with Colibri. */
  skills: ReadonlyMap<string, Skill>;
  skillStore: SkillStore;
}

/**
 * The skill that a task names, on this host's disk until it is released; null when it names none. Throws
 * {@link TaskUnrunnable}, and what the server throws when it cannot be asked now.
 */
export async function takeSkill(
  { skill: name, skillRef }: Pick<RunAgentInput, 'skill' | 'skillRef'>,
  { host, skills, skillStore }: SkillSources,
): Promise<SkillInUse | null> {
  if (name === null) return null;
  if (skillRef === null) {
    const skill = skills.get(name);
    if (!skill) throw new TaskUnrunnable(`host ${host} has no skill "${name}"`);
    return { skill, release: () => undefined };
  }
  try {
    return await skillStore.take(skillRef);
  } catch (error) {
    if (!(error instanceof InvalidInput)) throw error;
    throw new TaskUnrunnable(`${error.message}; register the skill again`, { cause: error });
  }
}

/**
 * What a run finds of its skill in its environment: its folder, its name, and its inputs, each as a variable and all in a
 * JSON file that is the owner's alone.
 */
export function skillEnvironment(
  skill: Skill,
  inputs: Readonly<Record<string, string>>,
  folder: SessionFolder,
): Record<string, string> {
  const file = join(folder.root, 'inputs.json');
  writeFileSync(file, `${JSON.stringify(inputs, null, 2)}\n`, { mode: 0o600 });
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(inputs)) env[inputVariable(name)] = value;
  return { ...env, COLIBRI_SKILL: skill.name, COLIBRI_SKILL_DIR: skill.folder, COLIBRI_INPUTS: file };
}
