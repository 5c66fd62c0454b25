import type { Client } from '@temporalio/client';
import type { FleetView } from '../schemas/fleet.ts';
import type { ListFilterInput } from '../schemas/list-filter.ts';
import type { TaskSpecInput } from '../schemas/task.ts';
import { isTerminal } from '../schemas/task-state.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { loadSkills } from '../workers/skills.ts';
import { cancelNote } from '../workflows/messages.ts';
import { Agents } from './agents.ts';
import { inAnyRun, untilEnded } from './any-run.ts';
import { Board } from './board.ts';
import { type Connected, type ConnectOptions, connect } from './connect.ts';
import { ColibriError } from './errors.ts';
import { findTask } from './find-workflow.ts';
import { Hosts } from './hosts.ts';
import { type Credentials, identify } from './identity.ts';
import { Invites } from './invites.ts';
import { listTasks, type TaskList, taskLine } from './list.ts';
import { type LogEvent, type LogOptions, taskLogs } from './logs.ts';
import { actorName, authorizeSubmit, OPERATOR, type Principal, type TaskAction } from './permissions.ts';
import { permittedTask } from './permitted-task.ts';
import { Plans } from './plans.ts';
import { readFleet } from './read-fleet.ts';
import { Schedules } from './schedules.ts';
import { SkillDirectory } from './skill-directory.ts';
import { Skills } from './skills.ts';
import type { PreparedTask } from './start-task.ts';
import { type Submitted, submitTask } from './submit.ts';
import { withoutAssigned } from './task-scope.ts';
import { type TaskWhy, whyTask } from './why.ts';
import { withSkill } from './with-skill.ts';

/**
 * Everything one can do with an installation of Colibri. Expected errors are {@link ColibriError}s: `invalid` names the
 * field, `not-found` the nearest name, `unreachable` what is not running.
 */
export class Colibri {
  readonly connected: Connected;
  /** Who asks; what it may do is checked here, before the server is asked. */
  readonly principal: Principal;
  /** The machines of the fleet. */
  readonly hosts: Hosts;
  /** The agents outside. */
  readonly agents: Agents;
  /** What is done with tasks that are there: claim, move, answer, hand over, retry. */
  readonly board: Board;
  /** Tasks that need each other. */
  readonly plans: Plans;
  /** Tasks that the server starts again and again. */
  readonly schedules: Schedules;
  /** What tasks may name as their skill. */
  readonly skills: Skills;
  /** Codes by which new machines join. */
  readonly invites: Invites;

  readonly #directory: SkillDirectory;

  constructor(connected: Connected, principal: Principal = OPERATOR) {
    this.connected = connected;
    this.principal = principal;
    this.hosts = new Hosts(connected.client, principal);
    this.agents = new Agents(connected.client, principal);
    this.board = new Board(connected.client, principal, this.agents);
    this.#directory = new SkillDirectory(connected.client, loadSkills);
    this.plans = new Plans(connected.client, principal, this.#directory);
    this.schedules = new Schedules(connected.client, principal, this.#directory);
    this.skills = new Skills(connected.client, principal, this.#directory);
    this.invites = new Invites(connected.client, principal);
  }

  /** Connects as TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE and TEMPORAL_TLS_* say; as an operator unless `as` names an agent. */
  static async connect(options: ConnectOptions & { as?: Credentials } = {}): Promise<Colibri> {
    const { as, ...connecting } = options;
    const colibri = new Colibri(await connect(connecting));
    return as === undefined ? colibri : colibri.as(as);
  }

  /** The same installation as an agent sees it. Throws when it is not who it says it is. */
  async as(credentials: Credentials): Promise<Colibri> {
    return new Colibri(this.connected, await identify(this.client, credentials));
  }

  get client(): Client {
    return this.connected.client;
  }

  /** Submits a task; it is on the server when this returns. */
  async submit(spec: TaskSpecInput, options?: { id?: string }): Promise<Submitted> {
    return submitTask(this.client, this.asSubmitter(spec), options, this.#directory);
  }

  /** A task as the principal may submit it: an agent does so under no name but its own. Throws `refused`. */
  asSubmitter<T extends { submitter?: string | undefined }>(spec: T): T {
    const submitter = authorizeSubmit(this.principal);
    return submitter === undefined ? spec : { ...spec, submitter };
  }

  /** A checked task with what its skill adds to it. Throws `not-found` with the nearest name of a skill. */
  addSkill(task: PreparedTask): Promise<PreparedTask> {
    return withSkill(task, this.#directory);
  }

  /** A task as it stands this moment. */
  show(id: string): Promise<TaskView> {
    return this.#permitted('see', id);
  }

  /** Why a task waits, host by host and tag by tag. */
  async why(id: string): Promise<TaskWhy> {
    await this.#permit('see', id);
    return whyTask(this.client, id);
  }

  /** One page of the tasks that match, of those that an agent may see; `nextCursor` leads to the next. */
  async list(filter?: ListFilterInput): Promise<TaskList> {
    const { principal } = this;
    if (principal.kind === 'session') return { tasks: [taskLine(await this.show(principal.taskId))], nextCursor: null };
    if (principal.kind === 'operator') return listTasks(this.client, filter);
    const page = await listTasks(this.client, filter, principal);
    return { ...page, tasks: await withoutAssigned(this.client, principal, page.tasks) };
  }

  async *logs(id: string, options?: LogOptions): AsyncGenerator<LogEvent, void> {
    await this.#permit('see', id);
    yield* taskLogs(this.client, id, options);
  }

  /** Waits until the task has ended, however long that takes, and shows it. */
  async wait(id: string): Promise<TaskView> {
    await this.#permit('see', id);
    await untilEnded(this.client, await findTask(this.client, id));
    return this.show(id);
  }

  /** Asks a task to end; its agent is ended and the slot freed before it says `cancelled`. Refused once it has ended. */
  async cancel(id: string, options: { reason?: string; by?: string } = {}): Promise<TaskView> {
    // A request to end a run that has just gone on in another is taken, and does nothing.
    const handle = inAnyRun(this.client, await findTask(this.client, id));
    const view = await this.#permitted('change', id);
    if (isTerminal(view.state)) throw new ColibriError('refused', `the task "${id}" is ${view.state} already`);
    const note = { reason: options.reason ?? 'cancelled', by: actorName(this.principal, options.by) };
    // Who and why is worth a try, and the end of the task more: a history full of signals takes no other.
    await handle.signal(cancelNote, note).catch(() => undefined);
    await handle.cancel();
    return view;
  }

  /** Hosts and routes, as tasks are matched with them. */
  fleet(): Promise<FleetView> {
    return readFleet(this.client);
  }

  close(): Promise<void> {
    return this.connected.close();
  }

  /** The task, if the principal may do this to it. Throws `not-found`, `refused` saying whose it is. */
  #permitted(action: TaskAction, id: string): Promise<TaskView> {
    return permittedTask(this.client, this.principal, action, id);
  }

  /** Of an operator nothing need be asked. */
  async #permit(action: TaskAction, id: string): Promise<void> {
    if (this.principal.kind !== 'operator') await this.#permitted(action, id);
  }
}
