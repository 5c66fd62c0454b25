import type { Client } from '@temporalio/client';
import type { Overlap, ScheduleSpecInput } from '../schemas/schedule.ts';
import type { ScheduleLine, ScheduleView } from '../schemas/schedule-view.ts';
import { authorizeOperator, type Principal } from './permissions.ts';
import { createSchedule, deleteSchedule, pauseSchedule, resumeSchedule, showSchedule } from './schedule-actions.ts';
import { listSchedules } from './show-schedule.ts';
import type { SkillDirectory } from './skill-directory.ts';
import { type Triggered, triggerSchedule } from './trigger-schedule.ts';

/**
 * The schedules: tasks that the server starts again and again. Only an operator has to do with them; an agent is `refused`.
 * An unknown name is `not-found`, with the nearest.
 */
export class Schedules {
  readonly #client: Client;
  readonly #principal: Principal;
  readonly #skills: SkillDirectory;

  constructor(client: Client, principal: Principal, skills: SkillDirectory) {
    this.#client = client;
    this.#principal = principal;
    this.#skills = skills;
  }

  /** Creates a schedule. Throws `invalid` naming the field, `refused` when there is one of that name. */
  async create(spec: ScheduleSpecInput): Promise<ScheduleView> {
    authorizeOperator(this.#principal, 'make schedules');
    return createSchedule(this.#client, spec, this.#skills);
  }

  /** All schedules that start tasks, by name. */
  async list(): Promise<ScheduleLine[]> {
    authorizeOperator(this.#principal, 'see schedules');
    return listSchedules(this.#client);
  }

  async show(name: string): Promise<ScheduleView> {
    authorizeOperator(this.#principal, 'see schedules');
    return showSchedule(this.#client, name);
  }

  /** Starts nothing more until it is resumed. */
  async pause(name: string, note?: string): Promise<ScheduleView> {
    authorizeOperator(this.#principal, 'pause schedules');
    return pauseSchedule(this.#client, name, note);
  }

  async resume(name: string, note?: string): Promise<ScheduleView> {
    authorizeOperator(this.#principal, 'resume schedules');
    return resumeSchedule(this.#client, name, note);
  }

  /** Deletes a schedule; tasks that it has started go on. */
  async delete(name: string): Promise<void> {
    authorizeOperator(this.#principal, 'delete schedules');
    return deleteSchedule(this.#client, name);
  }

  /** Starts a task of a schedule now, paused or not. Refused when it is skipped for one that runs. */
  async trigger(name: string, overlap?: Overlap): Promise<Triggered> {
    authorizeOperator(this.#principal, 'trigger schedules');
    return triggerSchedule(this.#client, name, overlap);
  }
}
