import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The registry of skills, which goes on in new runs, and content in which it keeps them.
 * @param {import('./recorder.mjs').Recorder} recorder
 */
export async function recordSkills(recorder) {
  const { colibri, workflow, home, runsOf, save } = recorder;
  const { skill: noted } = await colibri.skills.register(skillFolder(home, 'noted', 'one'));
  for (const text of ['two', 'two', 'three', 'four', 'five']) {
    await colibri.skills.register(skillFolder(home, 'noted', text));
    await colibri.skills.register(skillFolder(home, 'passing', text));
    await colibri.skills.remove('passing');
  }
  await colibri.skills.remove('gone').catch(() => undefined);
  const skillsRuns = await runsOf('skills');
  await save('skills-continued-as-new', 'skills', skillsRuns[0]);
  await save('skills-continued', 'skills', skillsRuns[1]);
  const part = workflow.getHandle(`skill-content/noted@${noted.digest}/0`);
  await part.signal('release');
  await part.result();
  await save('skill-content', part.workflowId);
}

/** @param {string} home @param {string} name @param {string} text */
function skillFolder(home, name, text) {
  const path = join(home, 'desk', name);
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, 'SKILL.md'), `---\nname: ${name}\ndescription: For the record, ${text}.\n---\n`);
  return path;
}
