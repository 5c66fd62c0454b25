import type { Needs } from '../schemas/needs.ts';
import type { Plan, PlannedTask } from '../schemas/plan.ts';
import type { PlanCarried, PlanTaskProgress, TaskEnd } from '../schemas/plan-state.ts';
import type { PlanCounts, PlanState, PlanTaskState, PlanTaskView, PlanView } from '../schemas/plan-view.ts';
import { iso } from './iso.ts';
import { keptResult, resultShare, shortened } from './plan-results.ts';
import { dependents, inOrder, planIdOf, taskIdOf } from './rules.ts';

const WAITING: PlanTaskProgress = {
  state: 'waiting',
  ...{ workflowId: null, runId: null, startedAt: null, endedAt: null, result: null },
  summary: '',
};

/** What a plan knows of its tasks, and what follows from it. Pure: times are given, nothing is awaited. */
export class PlanRecord {
  readonly #plan: Plan;
  readonly #progress = new Map<string, PlanTaskProgress>();
  readonly #dependents: ReadonlyMap<string, readonly string[]>;
  readonly #order: readonly string[];
  /** Needs that are not done, by task. */
  readonly #open = new Map<string, number>();
  /** Tasks whose needs are all done, and that were not started. */
  readonly #ready = new Set<string>();
  readonly #share: number;
  readonly #startedAt: number;
  readonly #round: number;
  #stopped: string | null;
  #unended: number;

  constructor(plan: Plan, carried: PlanCarried) {
    this.#plan = plan;
    this.#startedAt = carried.startedAt;
    this.#round = carried.round;
    this.#stopped = carried.stopped;
    const graph = new Map([...plan.tasks].map(([name, { needs }]) => [name, needs]));
    this.#dependents = dependents(graph);
    this.#order = inOrder(graph) ?? [];
    this.#share = resultShare([...this.#dependents.values()].filter((after) => after.length > 0).length);
    this.#unended = plan.tasks.size;
    for (const name of this.#order) {
      const progress = Object.hasOwn(carried.tasks, name) ? carried.tasks[name] : undefined;
      this.#progress.set(name, { ...WAITING, ...progress });
      if (isOver(this.of(name).state)) this.#unended -= 1;
      const open = this.#needs(name).filter((need) => this.of(need).state !== 'done').length;
      this.#open.set(name, open);
      if (open === 0 && this.of(name).state === 'waiting') this.#ready.add(name);
    }
  }

  get isOver(): boolean {
    return this.#unended === 0;
  }

  /** Why nothing more is started, when that is so. */
  get stopped(): string | null {
    return this.#stopped;
  }

  get plan(): Plan {
    return this.#plan;
  }

  get round(): number {
    return this.#round;
  }

  of(name: string): PlanTaskProgress {
    return this.#progress.get(name) ?? WAITING;
  }

  planned(name: string): PlannedTask {
    const planned = this.#plan.tasks.get(name);
    if (planned === undefined) throw new Error(`the plan has no task "${name}"`);
    return planned;
  }

  /** Tasks that can be started now, first those that have been able to for longest. */
  ready(): string[] {
    return [...this.#ready];
  }

  /** Those that were started and have not ended. */
  started(): { name: string; progress: PlanTaskProgress }[] {
    return [...this.#progress].flatMap(([name, progress]) =>
      progress.state === 'started' ? [{ name, progress }] : [],
    );
  }

  /** What the task is handed of those that it needs. */
  inputs(name: string): Needs {
    const inputs: Needs = {};
    for (const need of this.#needs(name)) {
      const { state, result } = this.of(need);
      if (result !== null) inputs[need] = { state, ...result };
    }
    return inputs;
  }

  start(name: string, workflowId: string, at: number): void {
    this.#ready.delete(name);
    this.#progress.set(name, { ...WAITING, state: 'started', workflowId, startedAt: at });
  }

  /** The task has a workflow: this run of it. */
  running(name: string, runId: string): void {
    const progress = this.of(name);
    if (progress.state === 'started') this.#progress.set(name, { ...progress, runId });
  }

  /** The task has ended. What comes of it for the others follows at once. Told twice, it counts once. */
  end(name: string, end: TaskEnd, at: number): void {
    const progress = this.of(name);
    if (progress.state !== 'started') return;
    const isNeeded = (this.#dependents.get(name) ?? []).length > 0;
    const result = isNeeded && end.state === 'done' ? keptResult(end, this.#share) : null;
    this.#close(name, { ...progress, state: end.state, endedAt: at, summary: shortened(end.summary), result });
    if (end.state === 'done') this.#release(name);
    else this.#follow(name, at);
  }

  /** Nothing more is started, for this reason. */
  stop(reason: string, at: number): void {
    this.#stopped ??= shortened(reason);
    for (const name of this.#order) if (this.of(name).state === 'waiting') this.#skip(name, this.#stopped, at);
  }

  carry(): PlanCarried {
    const tasks: PlanCarried['tasks'] = {};
    for (const [name, progress] of this.#progress) if (progress.state !== 'waiting') tasks[name] = progress;
    return { startedAt: this.#startedAt, round: this.#round, stopped: this.#stopped, tasks };
  }

  counts(): PlanCounts {
    const counts: PlanCounts = { waiting: 0, started: 0, done: 0, failed: 0, cancelled: 0, skipped: 0 };
    for (const { state } of this.#progress.values()) counts[state] += 1;
    return counts;
  }

  view(run: {
    workflowId: string;
    runId: string;
    state: PlanState;
    endedAt: number | null;
    summary: string;
  }): PlanView {
    const { name, project, submitter, onFailure, cancelRunning, tasks } = this.#plan;
    return {
      id: planIdOf(run.workflowId),
      workflowId: run.workflowId,
      runId: run.runId,
      ...{ name, project, submitter, onFailure, cancelRunning },
      round: this.#round,
      state: run.state,
      submittedAt: iso(this.#startedAt),
      endedAt: run.endedAt === null ? null : iso(run.endedAt),
      summary: run.summary,
      counts: this.counts(),
      tasks: [...tasks].map(([task, { needs }]) => this.#taskView(task, needs)),
    };
  }

  #taskView(name: string, needs: string[]): PlanTaskView {
    const { state, workflowId, startedAt, endedAt, summary } = this.of(name);
    return {
      name,
      needs,
      state,
      taskId: workflowId === null ? null : taskIdOf(workflowId),
      startedAt: startedAt === null ? null : iso(startedAt),
      endedAt: endedAt === null ? null : iso(endedAt),
      summary: state === 'waiting' ? this.#waitsFor(needs) : summary,
    };
  }

  #waitsFor(needs: readonly string[]): string {
    const open = needs.filter((need) => this.of(need).state !== 'done');
    return open.length === 0 ? 'starts next' : shortened(`waits for ${open.join(', ')}`);
  }

  #needs(name: string): readonly string[] {
    return this.planned(name).needs;
  }

  #release(name: string): void {
    for (const dependent of this.#dependents.get(name) ?? []) {
      const open = (this.#open.get(dependent) ?? 0) - 1;
      this.#open.set(dependent, open);
      if (open === 0 && this.of(dependent).state === 'waiting') this.#ready.add(dependent);
    }
  }

  /** A task did not come to be done: those that need it cannot start, and with `stop` none can. */
  #follow(name: string, at: number): void {
    const { state } = this.of(name);
    if (this.#plan.onFailure === 'stop' && state !== 'skipped') {
      this.stop(`${name} ${state === 'cancelled' ? 'was cancelled' : 'failed'}`, at);
      return;
    }
    const said = state === 'failed' ? 'failed' : `was ${state}`;
    for (const dependent of this.#dependents.get(name) ?? []) {
      if (this.of(dependent).state !== 'waiting') continue;
      this.#skip(dependent, `needs ${name}, which ${said}`, at);
      this.#follow(dependent, at);
    }
  }

  #skip(name: string, reason: string, at: number): void {
    this.#ready.delete(name);
    this.#close(name, { ...WAITING, state: 'skipped', endedAt: at, summary: reason });
  }

  #close(name: string, progress: PlanTaskProgress): void {
    this.#progress.set(name, progress);
    this.#unended -= 1;
  }
}

function isOver(state: PlanTaskState): boolean {
  return state !== 'waiting' && state !== 'started';
}
