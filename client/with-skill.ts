import { demandQueue } from '../schemas/route.ts';
import { skillKey } from '../schemas/skill.ts';
import { TagSet } from '../schemas/tags.ts';
import { ColibriError } from './errors.ts';
import { type SkillDirectory, whyNotRunnable } from './skill-directory.ts';
import type { PreparedTask } from './start-task.ts';

/**
 * The task with what its skill adds: its tags, and which content it is. Throws `not-found` with the nearest name when there
 * is no such skill, `invalid` when it cannot be run so.
 */
export async function withSkill(task: PreparedTask, skills: SkillDirectory): Promise<PreparedTask> {
  const { spec } = task;
  if (spec.skill === undefined) return task;
  const skill = await skills.findShippedAtLeast(spec.skill);
  if (!skill)
    throw new ColibriError('not-found', `there is no skill "${spec.skill}"`, await skills.hintFor(spec.skill));
  const problem = whyNotRunnable(skill, spec.runtime === 'command' && spec.command.length === 0);
  if (problem !== null) throw new ColibriError('invalid', `the task is not valid: command: ${problem}`);
  const union = TagSet.safeParse([...spec.requires, ...skill.requires]);
  if (!union.success) {
    const message = `requires, with those of the skill "${skill.name}": ${union.error.issues[0]?.message}`;
    throw new ColibriError('invalid', `the task is not valid: ${message}`);
  }
  const requires = union.data;
  const route = demandQueue({ tags: requires, host: spec.host });
  return { ...task, route, requires, ...(skill.ref && { skillKey: skillKey(skill.ref) }) };
}
