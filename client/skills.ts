import type { Client } from '@temporalio/client';
import type { SkillRegistration } from '../schemas/skill.ts';
import { actorName, authorizeOperator, type Principal } from './permissions.ts';
import {
  listSkills,
  registerFolder,
  removeFromRegistry,
  type SkillLine,
  type SkillView,
  showSkill,
} from './skill-actions.ts';
import type { SkillDirectory } from './skill-directory.ts';

/** The skills that tasks may name: those registered, and those that come with Colibri. All may see them. */
export class Skills {
  readonly #client: Client;
  readonly #principal: Principal;
  readonly #directory: SkillDirectory;

  constructor(client: Client, principal: Principal, directory: SkillDirectory) {
    this.#client = client;
    this.#principal = principal;
    this.#directory = directory;
  }

  /** Registers the skill in a folder, in place of what had its name before. Throws `invalid` naming what is wrong. */
  async register(folder: string, options: { by?: string } = {}): Promise<SkillRegistration> {
    authorizeOperator(this.#principal, 'register a skill');
    return registerFolder(this.#client, this.#directory, folder, actorName(this.#principal, options.by));
  }

  /** Every skill that tasks may name, by name. */
  list(): Promise<SkillLine[]> {
    return listSkills(this.#directory);
  }

  /** One skill with its instructions and its files. Throws `not-found` with the nearest name. */
  show(name: string): Promise<SkillView> {
    return showSkill(this.#client, this.#directory, name);
  }

  /** Takes a skill from the registry; refused for one that comes with Colibri. */
  async remove(name: string, options: { by?: string } = {}): Promise<SkillLine> {
    authorizeOperator(this.#principal, 'remove a skill');
    return removeFromRegistry(this.#client, this.#directory, name, actorName(this.#principal, options.by));
  }
}
