import { basename, resolve } from 'node:path';
import {
  ApplicationFailure,
  type Client,
  WithStartWorkflowOperation,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
} from '@temporalio/client';
import { FLEET_QUEUE, SKILLS_ID } from '../schemas/names.ts';
import { InvalidInput } from '../schemas/parse.ts';
import type { RegisteredSkill, SkillContents, SkillRegistration } from '../schemas/skill.ts';
import { type OpenedSkill, packSkill, skillTextIn } from '../workers/skill-content/pack.ts';
import { readSkillFolder } from '../workers/skill-content/read-folder.ts';
import { registerSkill, removeSkill } from '../workflows/messages.ts';
import { NO_SUCH_SKILL } from '../workflows/skill-limits.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { fetchSkill, uploadSkill } from './skill-content.ts';
import type { SkillDirectory } from './skill-directory.ts';

/** A skill in a list. What only a registered one has is null for one that comes with Colibri. */
export interface SkillLine extends SkillContents {
  source: 'registered' | 'shipped';
  registeredBy: string | null;
  registeredAt: string | null;
}

/** A skill with all that it holds. `instructions`: the body of its SKILL.md. */
export interface SkillView extends SkillLine {
  instructions: string;
  fileList: { path: string; bytes: number; executable: boolean }[];
}

/** Registers the skill in a folder; what had its name before is replaced. Throws `invalid` naming what is wrong. */
export async function registerFolder(
  client: Client,
  skills: SkillDirectory,
  folder: string,
  by: string,
): Promise<SkillRegistration> {
  const path = resolve(folder);
  const packed = await packSkill(await readSkillFolder(path), basename(path));
  await uploadSkill(client, packed);
  const { name, digest } = packed.contents;
  const registration = await changing(() =>
    client.workflow.executeUpdateWithStart(registerSkill, {
      args: [{ name, digest, by }],
      startWorkflowOperation: new WithStartWorkflowOperation('skills', {
        ...{ workflowId: SKILLS_ID, taskQueue: FLEET_QUEUE, args: [], workflowIdConflictPolicy: 'USE_EXISTING' },
      }),
    }),
  );
  skills.changed();
  return registration;
}

/** Every skill by name, registered and shipped; a shipped one that a registered one goes before is left out. */
export async function listSkills(skills: SkillDirectory): Promise<SkillLine[]> {
  const registered = (await skills.registered()).map(registeredLine);
  const taken = new Set(registered.map(({ name }) => name));
  const names = [...(await skills.shipped()).keys()].filter((name) => !taken.has(name));
  const shipped = await Promise.all(names.map(async (name) => shippedLine(await openShipped(skills, name))));
  return [...registered, ...shipped].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One skill with its files, read where they are kept. Throws `not-found` with the nearest name. */
export async function showSkill(client: Client, skills: SkillDirectory, name: string): Promise<SkillView> {
  const registered = (await skills.registered()).find((skill) => skill.name === name);
  if (registered === undefined && !(await skills.shipped()).has(name)) throw await noSuchSkill(skills, name);
  const opened = await (registered ? fetchSkill(client, registered) : openShipped(skills, name)).catch(unsound);
  return {
    ...(registered ? registeredLine(registered) : shippedLine(opened)),
    instructions: opened.instructions,
    fileList: opened.files.map(({ path, data, executable }) => ({ path, bytes: data.length, executable })),
  };
}

/** Takes a skill from the registry. Tasks that have begun with it keep its content. */
export async function removeFromRegistry(
  client: Client,
  skills: SkillDirectory,
  name: string,
  by: string,
): Promise<SkillLine> {
  const gone = async () => {
    skills.changed();
    if (!(await skills.shipped()).has(name)) return noSuchSkill(skills, name);
    return new ColibriError('refused', `the skill "${name}" comes with Colibri and cannot be removed`);
  };
  try {
    const handle = client.workflow.getHandle(SKILLS_ID);
    const removed = await changing(() => handle.executeUpdate(removeSkill, { args: [{ name, by }] }));
    skills.changed();
    return registeredLine(removed);
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) throw await gone();
    const cause = error instanceof ColibriError ? error.cause : undefined;
    if (cause instanceof ApplicationFailure && cause.type === NO_SUCH_SKILL) throw await gone();
    throw error;
  }
}

function registeredLine(skill: RegisteredSkill): SkillLine {
  return { ...skill, source: 'registered' };
}

function shippedLine({ contents }: OpenedSkill): SkillLine {
  return { ...contents, source: 'shipped', registeredBy: null, registeredAt: null };
}

async function openShipped(skills: SkillDirectory, name: string): Promise<OpenedSkill> {
  const { folder = '' } = (await skills.shipped()).get(name) ?? {};
  const files = await readSkillFolder(folder);
  const { contents } = await packSkill(files, name);
  return { ...skillTextIn(files, name), contents, files };
}

async function noSuchSkill(skills: SkillDirectory, name: string): Promise<ColibriError> {
  return new ColibriError('not-found', `there is no skill "${name}"`, await skills.hintFor(name));
}

async function changing<T>(change: () => Promise<T>): Promise<T> {
  try {
    return await askWorkflow(change);
  } catch (error) {
    if (!(error instanceof WorkflowUpdateFailedError)) throw error;
    const { cause } = error;
    const failure = cause instanceof ApplicationFailure ? cause : undefined;
    const code = failure?.type === 'invalid' ? 'invalid' : 'refused';
    throw new ColibriError(code, failure?.message ?? error.message, undefined, { cause });
  }
}

/** Content on the server that is not what it should be is no fault of who asks. */
function unsound(error: unknown): never {
  if (!(error instanceof InvalidInput)) throw error;
  throw new ColibriError('failed', error.message, 'register the skill again', { cause: error });
}
