import type { FailureCode } from '../schemas/failures.ts';
import type { AttemptResult, TaskHistoryEntry, TaskSpec, TaskView } from '../schemas/task.ts';
import type { TaskState } from '../schemas/task-state.ts';
import type { Claim } from './messages.ts';
import { canTransition, isTerminal, isWaiting, taskIdOf, taskName } from './rules.ts';

/** The longest history a task keeps of itself: its first entries and its latest. */
const MAX_HISTORY = 200;
const KEEP_FIRST = 20;

/** What a task knows of itself. Pure: times are given, nothing is awaited, so that replay gives the same record. */
export class TaskRecord {
  readonly view: TaskView;
  /** When the attempt was claimed by the host's clock, and by ours: hosts' clocks may be hours apart. */
  #claimed = { theirs: 0, ours: 0 };

  constructor(run: { workflowId: string; runId: string; startedAt: number }) {
    const id = taskIdOf(run.workflowId);
    this.view = {
      id,
      workflowId: run.workflowId,
      runId: run.runId,
      name: id,
      state: 'queued',
      requires: [],
      route: null,
      runtime: 'command',
      command: [],
      shell: false,
      skill: null,
      priority: 3,
      project: null,
      submitter: null,
      timeoutMs: null,
      leaseMs: null,
      maxAttempts: 1,
      host: null,
      agent: null,
      attempt: 0,
      submittedAt: iso(run.startedAt),
      claimedAt: null,
      startedAt: null,
      endedAt: null,
      sessionId: null,
      result: null,
      failure: null,
      history: [],
    };
    this.#note('queued', run.startedAt, 'submitted');
  }

  /** Takes over what was submitted. */
  describe(spec: TaskSpec): void {
    const { view } = this;
    view.name = taskName(spec);
    view.requires = spec.requires;
    view.runtime = spec.runtime;
    view.command = spec.command;
    view.shell = spec.shell;
    view.skill = spec.skill ?? null;
    view.priority = spec.priority;
    view.project = spec.project ?? null;
    view.submitter = spec.submitter ?? null;
    view.timeoutMs = spec.timeout ?? null;
    view.maxAttempts = spec.maxAttempts;
  }

  /** The task waits on a route. */
  wait(
    route: { queue: string; requires: string[]; leaseMs: number; state: 'queued' | 'parked'; sentence: string },
    at: number,
  ): void {
    this.view.route = route.queue;
    this.view.requires = route.requires;
    this.view.leaseMs = route.leaseMs;
    if (this.view.state !== route.state) this.#move(route.state, at, route.sentence);
  }

  /**
   * A host took an attempt. False when the claim is older than one already recorded, or the task has ended: a late
   * signal of a lost attempt must not speak for the task.
   */
  claim(claim: Claim, at: number): boolean {
    const { view } = this;
    if (isTerminal(view.state) || claim.attempt <= view.attempt) return false;
    if (view.state === 'running' || view.state === 'claimed') {
      this.#move('queued', at, `${view.host} lost the task in attempt ${view.attempt}`);
    }
    view.host = claim.host;
    view.agent = claim.agent;
    view.attempt = claim.attempt;
    view.sessionId = claim.sessionId;
    this.#claimed = { theirs: claim.at, ours: at };
    view.claimedAt = iso(at);
    view.startedAt = iso(at);
    this.#move('claimed', at, `claimed by ${claim.agent}`);
    this.#move('running', at, `attempt ${claim.attempt} on ${claim.host}`);
    return true;
  }

  /** An attempt came back with its result: correct what was only known roughly while it ran. */
  returned(result: AttemptResult, at: number): void {
    const { view } = this;
    // Whoever ran it without a claim, the record must say who; and no end follows from waiting alone.
    if (isWaiting(view.state)) {
      const attempt = Math.max(result.attempt, view.attempt + 1);
      this.claim({ ...result, attempt, at: result.startedAt }, at);
    }
    view.host = result.host;
    view.agent = result.agent;
    view.attempt = Math.max(view.attempt, result.attempt);
    view.sessionId = result.sessionId;
    const { ours, theirs } = this.#claimed;
    const startedAt = iso(Math.min(at, ours + Math.max(0, result.startedAt - theirs)));
    view.startedAt = startedAt;
    view.result = {
      outcome: result.outcome,
      exitCode: result.exitCode,
      signal: result.signal,
      summary: result.summary,
      tail: result.tail,
      sessionId: result.sessionId,
    };
    const running = view.history.findLast((entry) => entry.state === 'running' && entry.attempt === view.attempt);
    if (running) running.at = startedAt;
  }

  /** An attempt failed and another will follow. */
  again(at: number, reason: string): void {
    this.#move('queued', at, reason);
  }

  end(
    state: 'done' | 'failed' | 'cancelled',
    at: number,
    reason: string,
    failure?: { code: FailureCode; message: string },
  ): void {
    this.view.endedAt = iso(at);
    this.view.failure = failure ?? null;
    this.#move(state, at, reason);
  }

  #move(to: TaskState, at: number, reason: string): void {
    const { view } = this;
    if (!canTransition(view.state, to)) throw new Error(`a task cannot go from ${view.state} to ${to}`);
    view.state = to;
    this.#note(to, at, reason);
  }

  #note(state: TaskState, at: number, reason: string): void {
    const { view } = this;
    const held = state === 'claimed' || state === 'running';
    const entry: TaskHistoryEntry = {
      state,
      at: iso(at),
      attempt: view.attempt > 0 ? view.attempt : null,
      host: held || isTerminal(state) ? view.host : null,
      reason,
    };
    if (view.history.length >= MAX_HISTORY) view.history.splice(KEEP_FIRST, 1);
    view.history.push(entry);
  }
}

function iso(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
