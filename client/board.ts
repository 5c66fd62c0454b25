import type { Client } from '@temporalio/client';
import type { Needs } from '../schemas/needs.ts';
import type { ClaimGrant } from '../schemas/task-requests.ts';
import type { TaskView } from '../schemas/task-view.ts';
import type { Agents } from './agents.ts';
import { requireHost } from './known-host.ts';
import { nextTask } from './next-task.ts';
import type { Principal, TaskAction } from './permissions.ts';
import { permittedTask } from './permitted-task.ts';
import { showTask } from './show.ts';
import {
  type Asker,
  answer,
  claimFor,
  type HandoffInput,
  handOff,
  noteProgress,
  retry,
  type Transition,
  transition,
} from './task-actions.ts';
import { taskNeeds } from './task-input.ts';

/** What people and agents do with the tasks on the board. `by` is the operator's name; an agent acts under its own. */
export class Board {
  readonly #client: Client;
  readonly #principal: Principal;
  readonly #agents: Agents;

  constructor(client: Client, principal: Principal, agents: Agents) {
    this.#client = client;
    this.#principal = principal;
    this.#agents = agents;
  }

  /** Takes a task for an agent. Throws `refused` saying who has it, or which tag the agent lacks. */
  async claim(id: string, agent: string): Promise<ClaimGrant> {
    await this.#permitted('claim', id);
    return claimFor(this.#client, id, await this.#agents.claimant(agent));
  }

  /** Takes the next task that the agent can do, waiting for one up to `waitMs`. Null when there is none. */
  async next(agent: string, options: { waitMs?: number; signal?: AbortSignal } = {}): Promise<ClaimGrant | null> {
    return nextTask(this.#client, await this.#agents.claimant(agent), options);
  }

  /** The results of the tasks of its plan that a task needed, by their names; none for a task of no plan. */
  async inputs(id: string): Promise<Needs> {
    return taskNeeds(this.#client, await this.#permitted('see', id));
  }

  /** Moves a task to another state. Throws `refused` naming the states that are possible. */
  async transition(id: string, asks: Transition, by: string): Promise<TaskView> {
    await this.#permitted('change', id);
    return transition(this.#client, id, asks, this.#asker(by));
  }

  /** Answers the question of a blocked task; its agent goes on. */
  async answer(id: string, text: string, by: string): Promise<TaskView> {
    await this.#permitted('change', id);
    return answer(this.#client, id, text, this.#asker(by));
  }

  /** Passes a task on to an agent, or to whoever has other tags. */
  async handOff(id: string, given: HandoffInput, by: string): Promise<TaskView> {
    await this.#permitted('change', id);
    if (given.to !== undefined) await this.#agents.show(given.to);
    return handOff(this.#client, id, given, this.#asker(by));
  }

  /** Says how far a task has come. */
  async progress(id: string, given: { text: string; percent?: number | undefined }, by: string): Promise<void> {
    await this.#permitted('change', id);
    await noteProgress(this.#client, id, given, this.#asker(by));
  }

  /** Tries a task anew that has failed, was cancelled or rests. `on`: the host that alone may run it from now on. */
  async retry(id: string, asks: { on?: string | undefined }, by: string): Promise<TaskView> {
    const view = await this.#permitted('change', id);
    if (asks.on !== undefined) await requireHost(this.#client, asks.on);
    await retry(this.#client, view, asks, this.#asker(by));
    return showTask(this.#client, id);
  }

  #asker(by: string): Asker {
    if (this.#principal.kind === 'operator') return { by };
    const { name } = this.#principal;
    return { by: name, agent: name };
  }

  #permitted(action: TaskAction, id: string): Promise<TaskView> {
    return permittedTask(this.#client, this.#principal, action, id);
  }
}
