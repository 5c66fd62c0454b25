import { type SkillDirectory, whyNotRunnable } from '../client/skill-directory.ts';
import type { SkillPin } from '../schemas/skill.ts';
import { invalid } from './invalid.ts';

/**
 * Settles which skill a task gets. `skillKey`: `name@digest` of the content that its submitter saw, if any. `bare`: it gives
 * no command. Fails with type `invalid` naming the nearest skill, or what is missing.
 */
export async function pinSkill(
  directory: SkillDirectory,
  asked: { name: string; skillKey?: string | null | undefined; bare?: boolean | undefined },
): Promise<SkillPin> {
  const { name, skillKey = null, bare = false } = asked;
  const skill = await directory.find(name, skillKey);
  if (!skill) throw invalid(`skill: there is no skill "${name}"; ${await directory.hintFor(name)}`);
  const problem = whyNotRunnable(skill, bare);
  if (problem !== null) throw invalid(`command: ${problem}`);
  return { digest: skill.ref?.digest ?? null, requires: [...skill.requires] };
}
