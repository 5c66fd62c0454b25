import type { Client } from '@temporalio/client';
import type { FleetView, HostStatus, HostView, Registration } from '../schemas/fleet.ts';
import type { ProbeReport } from '../schemas/host-activities.ts';
import type { InviteView, NewInvite } from '../schemas/invite.ts';
import type { ListFilterInput } from '../schemas/list-filter.ts';
import { hostWorkflowId } from '../schemas/names.ts';
import { nearest } from '../schemas/nearest.ts';
import type { PlanSpecInput } from '../schemas/plan.ts';
import type { Overlap, ScheduleSpecInput } from '../schemas/schedule.ts';
import type { ScheduleLine, ScheduleView } from '../schemas/schedule-view.ts';
import type { SkillRegistration } from '../schemas/skill.ts';
import type { TaskSpecInput } from '../schemas/task.ts';
import { isTerminal } from '../schemas/task-state.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { loadSkills } from '../workers/skills.ts';
import { cancelNote, hostRegistration, probeHost } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { type Connected, type ConnectOptions, connect } from './connect.ts';
import { ColibriError } from './errors.ts';
import { announceHost, askHost, type DrainOrder, forgetHost, orderDraining } from './host-orders.ts';
import { readFleet, readHosts } from './hosts.ts';
import { createInvite, type Invitation, type JoinOptions, join, listInvites, revoke } from './invites.ts';
import { listTasks, type TaskList } from './list.ts';
import { type LogEvent, type LogOptions, taskLogs } from './logs.ts';
import { listPlans, type PlanLine } from './plan-list.ts';
import { cancelPlan, retryPlan, type SubmittedPlan, submitPlan, waitForPlan } from './plans.ts';
import {
  createSchedule,
  deleteSchedule,
  pauseSchedule,
  resumeSchedule,
  showSchedule,
  triggerSchedule,
} from './schedules.ts';
import { findTask, showTask } from './show.ts';
import { type PlanNow, showPlan } from './show-plan.ts';
import { listSchedules } from './show-schedule.ts';
import { SkillDirectory } from './skill-directory.ts';
import { listSkills, registerFolder, removeFromRegistry, type SkillLine, type SkillView, showSkill } from './skills.ts';
import type { PreparedTask } from './start-task.ts';
import { type Submitted, submitTask } from './submit.ts';
import { type TaskWhy, whyTask } from './why.ts';
import { withSkill } from './with-skill.ts';

/**
 * Everything one can do with an installation of Colibri. Expected errors are {@link ColibriError}s: `invalid` names the
 * field, `not-found` the nearest name, `unreachable` what is not running.
 */
export class Colibri {
  readonly connected: Connected;

  readonly #skills: SkillDirectory;

  constructor(connected: Connected) {
    this.connected = connected;
    this.#skills = new SkillDirectory(connected.client, loadSkills);
  }

  /** Connects as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_TLS_* say. */
  static async connect(options?: ConnectOptions): Promise<Colibri> {
    return new Colibri(await connect(options));
  }

  get client(): Client {
    return this.connected.client;
  }

  /** Submits a task; it is on the server when this returns. */
  submit(spec: TaskSpecInput, options?: { id?: string }): Promise<Submitted> {
    return submitTask(this.client, spec, options, this.#skills);
  }

  /** A checked task with what its skill adds to it. Throws `not-found` with the nearest name of a skill. */
  addSkill(task: PreparedTask): Promise<PreparedTask> {
    return withSkill(task, this.#skills);
  }

  /** A task as it stands this moment. */
  show(id: string): Promise<TaskView> {
    return showTask(this.client, id);
  }

  /** Why a task waits, host by host and tag by tag. */
  why(id: string): Promise<TaskWhy> {
    return whyTask(this.client, id);
  }

  /** One page of the tasks that match; `nextCursor` leads to the next. */
  list(filter?: ListFilterInput): Promise<TaskList> {
    return listTasks(this.client, filter);
  }

  logs(id: string, options?: LogOptions): AsyncGenerator<LogEvent, void> {
    return taskLogs(this.client, id, options);
  }

  /** Waits until the task has ended, however long that takes, and shows it. */
  async wait(id: string): Promise<TaskView> {
    const { workflowId, description } = await findTask(this.client, id);
    await this.client.workflow
      .getHandle(workflowId, description.runId)
      .result()
      .catch((error: unknown) => {
        if ((error as Error).name !== 'WorkflowFailedError') throw error;
      });
    return this.show(id);
  }

  /** Asks a task to end; its agent is ended and the slot freed before it says `cancelled`. Refused once it has ended. */
  async cancel(id: string, options: { reason?: string; by?: string } = {}): Promise<TaskView> {
    const { workflowId, description } = await findTask(this.client, id);
    const handle = this.client.workflow.getHandle(workflowId, description.runId);
    const view = await this.show(id);
    if (isTerminal(view.state)) throw new ColibriError('refused', `the task "${id}" is ${view.state} already`);
    const note = { reason: options.reason ?? 'cancelled', by: options.by ?? 'operator' };
    // Who and why is worth a try, and the end of the task more: a history full of signals takes no other.
    await handle.signal(cancelNote, note).catch(() => undefined);
    await handle.cancel();
    return view;
  }

  /** Submits a plan: tasks that need each other. */
  submitPlan(plan: PlanSpecInput, options: { id?: string } = {}): Promise<SubmittedPlan> {
    return submitPlan(this.client, plan, options, this.#skills);
  }

  plan(id: string): Promise<PlanNow> {
    return showPlan(this.client, id);
  }

  plans(limit?: number): Promise<PlanLine[]> {
    return listPlans(this.client, limit);
  }

  /** Waits until a plan has ended, however long that takes, and shows it. */
  waitForPlan(id: string): Promise<PlanNow> {
    return waitForPlan(this.client, id);
  }

  /** Asks a plan to end; its tasks are cancelled before it says `cancelled`. Refused once it has ended. */
  cancelPlan(id: string, options?: { reason?: string; by?: string }): Promise<PlanNow> {
    return cancelPlan(this.client, id, options);
  }

  /** Runs again what of a plan did not come to be done. Refused while it runs. */
  retryPlan(id: string): Promise<SubmittedPlan> {
    return retryPlan(this.client, id);
  }

  /** Creates a schedule: a task that is started again and again, by the server. */
  createSchedule(spec: ScheduleSpecInput): Promise<ScheduleView> {
    return createSchedule(this.client, spec, this.#skills);
  }

  /** All schedules that start tasks, by name. */
  schedules(): Promise<ScheduleLine[]> {
    return listSchedules(this.client);
  }

  schedule(name: string): Promise<ScheduleView> {
    return showSchedule(this.client, name);
  }

  pauseSchedule(name: string, note?: string): Promise<ScheduleView> {
    return pauseSchedule(this.client, name, note);
  }

  resumeSchedule(name: string, note?: string): Promise<ScheduleView> {
    return resumeSchedule(this.client, name, note);
  }

  /** Deletes a schedule; tasks that it has started go on. */
  deleteSchedule(name: string): Promise<void> {
    return deleteSchedule(this.client, name);
  }

  /** Starts a task of a schedule now. */
  triggerSchedule(name: string, overlap?: Overlap): Promise<{ taskId: string }> {
    return triggerSchedule(this.client, name, overlap);
  }

  fleet(): Promise<FleetView> {
    return readFleet(this.client);
  }

  hosts(): Promise<HostView[]> {
    return readHosts(this.client);
  }

  /** One host with what its worker said of itself, probes included. */
  async host(name: string): Promise<HostView & { registration: Registration | null }> {
    const hosts = await this.hosts();
    const view = hosts.find((host) => host.name === name);
    if (!view) throw noSuchHost(name, hosts);
    const registration = await askWorkflow(() =>
      this.client.workflow.getHandle(hostWorkflowId(name)).query(hostRegistration),
    );
    return { ...view, registration };
  }

  /** Runs the probes of a live host now and says what each found; what it polls follows. */
  async probe(name: string): Promise<ProbeReport> {
    await this.host(name);
    return askHost(() => this.client.workflow.getHandle(hostWorkflowId(name)).executeUpdate(probeHost));
  }

  /** A draining host finishes what it has and takes nothing new; what still runs at a deadline is handed over. */
  async setDraining(name: string, draining: boolean, order: DrainOrder = {}): Promise<void> {
    await this.host(name);
    await orderDraining(this.client, name, draining, order);
  }

  /** Announces a host that is to come: it is shown as never seen until it registers. One that is known stays as it is. */
  expectHost(name: string, by: string): Promise<{ status: HostStatus }> {
    return announceHost(this.client, name, by);
  }

  /** Takes a host off the fleet that is offline or never came. Refused while it is in any other state. */
  async forgetHost(name: string): Promise<HostView> {
    const { registration: _, ...view } = await this.host(name);
    await forgetHost(this.client, name);
    return view;
  }

  /** Registers the skill in a folder, in place of what had its name before. */
  registerSkill(folder: string, options: { by?: string } = {}): Promise<SkillRegistration> {
    return registerFolder(this.client, this.#skills, folder, options.by ?? 'operator');
  }

  /** Every skill that tasks may name: those registered, and those that come with Colibri. */
  skills(): Promise<SkillLine[]> {
    return listSkills(this.#skills);
  }

  /** One skill with its instructions and its files. */
  skill(name: string): Promise<SkillView> {
    return showSkill(this.client, this.#skills, name);
  }

  /** Takes a skill from the registry; refused for one that comes with Colibri. */
  removeSkill(name: string, options: { by?: string } = {}): Promise<SkillLine> {
    return removeFromRegistry(this.client, this.#skills, name, options.by ?? 'operator');
  }

  /** Makes a code by which new hosts may join. */
  invite(options: Pick<NewInvite, 'name' | 'ttlMs' | 'uses' | 'by'>): Promise<Invitation> {
    return createInvite(this.client, options);
  }

  invites(): Promise<InviteView[]> {
    return listInvites(this.client);
  }

  /** Ends an invitation; hosts that joined by it stay. */
  revokeInvite(id: string): Promise<InviteView> {
    return revoke(this.client, id);
  }

  /** Lets this machine join by a code, or asks whether it might. */
  join(options: JoinOptions): Promise<InviteView> {
    return join(this.client, options);
  }

  close(): Promise<void> {
    return this.connected.close();
  }
}

function noSuchHost(name: string, hosts: readonly HostView[]): ColibriError {
  const names = hosts.map((host) => host.name);
  const near = nearest(name, names);
  const hint = near.length > 0 ? `did you mean ${near.join(' or ')}?` : `known: ${names.join(', ') || 'none'}`;
  return new ColibriError('not-found', `there is no host "${name}"`, hint);
}
