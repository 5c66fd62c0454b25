import type { Client } from '@temporalio/client';
import type { PlanSpecInput } from '../schemas/plan.ts';
import { authorizeOperator, type Principal } from './permissions.ts';
import { cancelPlan, retryPlan, type SubmittedPlan, submitPlan, waitForPlan } from './plan-actions.ts';
import { listPlans, type PlanLine } from './plan-list.ts';
import { type PlanNow, showPlan } from './show-plan.ts';
import type { SkillDirectory } from './skill-directory.ts';

/** The plans: tasks that need each other. Only an operator has to do with them; an agent is `refused`. */
export class Plans {
  readonly #client: Client;
  readonly #principal: Principal;
  readonly #skills: SkillDirectory;

  constructor(client: Client, principal: Principal, skills: SkillDirectory) {
    this.#client = client;
    this.#principal = principal;
    this.#skills = skills;
  }

  /** Submits a plan; it is on the server when this returns. Throws `invalid` naming each field. */
  async submit(plan: PlanSpecInput, options: { id?: string } = {}): Promise<SubmittedPlan> {
    authorizeOperator(this.#principal, 'submit plans');
    return submitPlan(this.#client, plan, options, this.#skills);
  }

  async show(id: string): Promise<PlanNow> {
    authorizeOperator(this.#principal, 'see plans');
    return showPlan(this.#client, id);
  }

  /** The newest plans, at most `limit`. */
  async list(limit?: number): Promise<PlanLine[]> {
    authorizeOperator(this.#principal, 'see plans');
    return listPlans(this.#client, limit);
  }

  /** Waits until a plan has ended, however long that takes, and shows it. */
  async wait(id: string): Promise<PlanNow> {
    authorizeOperator(this.#principal, 'see plans');
    return waitForPlan(this.#client, id);
  }

  /** Asks a plan to end; its tasks are cancelled before it says `cancelled`. Refused once it has ended. */
  async cancel(id: string, options?: { reason?: string; by?: string }): Promise<PlanNow> {
    authorizeOperator(this.#principal, 'cancel plans');
    return cancelPlan(this.#client, id, options);
  }

  /** Runs again what of a plan did not come to be done. Refused while it runs. */
  async retry(id: string): Promise<SubmittedPlan> {
    authorizeOperator(this.#principal, 'retry plans');
    return retryPlan(this.#client, id);
  }
}
