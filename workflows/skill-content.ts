import { allHandlersFinished, condition, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { SkillPart } from '../schemas/skill.ts';
import { releaseContent } from './messages.ts';
import { refuseUnreadable } from './read-message.ts';
import { readSkillPart } from './rules.ts';

/**
 * Keeps one part of a skill's content for as long as it is needed. There is nothing to ask it: whoever needs the part reads
 * the input with which this was started, from the history that the server keeps.
 */
export async function skillContent(given: unknown): Promise<void> {
  let released = false;
  setHandler(releaseContent, () => {
    released = true;
  });
  refuseUnreadable(readSkillPart, given);
  const { name, digest, index, parts } = given as SkillPart;
  setCurrentDetails(`Part ${index + 1} of ${parts} of the skill **${name}**, sha256 ${digest}.`);
  await condition(() => released);
  await condition(allHandlersFinished);
}
