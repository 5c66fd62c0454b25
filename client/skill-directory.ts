import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { SKILLS_ID } from '../schemas/names.ts';
import { type RegisteredSkill, type SkillRef, skillKey } from '../schemas/skill.ts';
import { oneAtATime } from '../workers/host/one-at-a-time.ts';
import type { Skill } from '../workers/skills.ts';
import { skillsView } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { Fresh } from './fresh.ts';
import { nearestHint } from './nearest-hint.ts';

/** The registry is asked at most this often, however many tasks name a skill. */
const FRESH_MS = 1_000;

/** What a task must know of its skill. `ref`: its content, null for one that comes with Colibri. */
export interface KnownSkill {
  name: string;
  requires: readonly string[];
  entry: string | null;
  ref: SkillRef | null;
}

/** Every skill there is: those registered, and those that come with Colibri, which they go before. */
export class SkillDirectory {
  readonly #client: Client;
  readonly #shipped: () => Promise<ReadonlyMap<string, Skill>>;
  /** Many who need it newer than it is share one question. */
  readonly #registered = new Fresh(
    oneAtATime(() => this.#ask()),
    FRESH_MS,
  );

  constructor(client: Client, shipped: () => Promise<ReadonlyMap<string, Skill>>) {
    this.#client = client;
    this.#shipped = shipped;
  }

  /**
   * A skill by name, or undefined. What is known may be a second old, unless that lacks the skill, or the content `seen`
   * (its `name@digest`): who has just registered it must find it.
   */
  async find(name: string, seen?: string | null): Promise<KnownSkill | undefined> {
    const shipped = (await this.#shipped()).get(name);
    let skill = named(await this.registered(), name);
    const enough =
      skill === undefined ? shipped !== undefined && seen == null : seen == null || skillKey(skill) === seen;
    if (!enough) skill = named(await this.#registered.anew(), name);
    if (skill) return { ...skill, ref: { name: skill.name, digest: skill.digest } };
    return shipped && { ...shipped, ref: null };
  }

  /** Like `find`, for who can do without the registry while it does not answer, when the skill comes with Colibri. */
  async findShippedAtLeast(name: string): Promise<KnownSkill | undefined> {
    try {
      return await this.find(name);
    } catch (error) {
      const shipped = (await this.#shipped()).get(name);
      if (shipped && error instanceof ColibriError && error.code === 'unreachable') return { ...shipped, ref: null };
      throw error;
    }
  }

  /** The registered skills, at most a second old. */
  registered(): Promise<RegisteredSkill[]> {
    return this.#registered.get();
  }

  shipped(): Promise<ReadonlyMap<string, Skill>> {
    return this.#shipped();
  }

  /** Forgets what it knows: something was changed. */
  changed(): void {
    this.#registered.forget();
  }

  /** What to say of a name that no skill has. */
  async hintFor(name: string): Promise<string> {
    const names = [...new Set([...(await this.registered()).map((s) => s.name), ...(await this.#shipped()).keys()])];
    return nearestHint(name, names.sort());
  }

  /** A registry that nobody has registered with was never started. */
  async #ask(): Promise<RegisteredSkill[]> {
    try {
      const { skills } = await askWorkflow(() => this.#client.workflow.getHandle(SKILLS_ID).query(skillsView));
      return skills;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return [];
      throw error;
    }
  }
}

function named(skills: readonly RegisteredSkill[], name: string): RegisteredSkill | undefined {
  return skills.find((skill) => skill.name === name);
}

/** Why a task cannot run this skill; null when it can. `bare`: the task gives no command. */
export function whyNotRunnable(skill: KnownSkill, bare: boolean): string | null {
  if (skill.entry !== null || !bare) return null;
  return `the skill "${skill.name}" has instructions and no program of its own (metadata colibri-entry): give a command, which finds the skill's folder in COLIBRI_SKILL_DIR`;
}
