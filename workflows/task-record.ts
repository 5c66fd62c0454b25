import type { AttemptResult } from '../schemas/attempt.ts';
import type { FailureCode } from '../schemas/failures.ts';
import type { TaskSpec } from '../schemas/task.ts';
import type { ClaimRequest, ProgressNote } from '../schemas/task-requests.ts';
import type { TaskState } from '../schemas/task-state.ts';
import type { Handoff, TaskView } from '../schemas/task-view.ts';
import { emptyView } from './empty-view.ts';
import { iso } from './iso.ts';
import type { Claim } from './messages.ts';
import { canTransition, isTerminal, isWaiting, taskName } from './rules.ts';
import { beganToWait, note } from './task-history.ts';

/** Most questions and hand-overs that it keeps: the latest. */
const MAX_KEPT = 20;

/** Where a waiting task may be taken, as it was found. */
export interface Waiting {
  queue: string;
  requires: string[];
  /** Each set of tags that will do, with the wait after which it will. */
  ladder: { requires: string[]; afterMs: number }[];
  leaseMs: number;
  state: 'queued' | 'parked';
  sentence: string;
}

/** What a task knows of itself. Pure: times are given, nothing is awaited, so that replay gives the same record. */
export class TaskRecord {
  readonly view: TaskView;
  /** When the attempt was claimed by the host's clock, and by ours: hosts' clocks may be hours apart. */
  #claimed = { theirs: 0, ours: 0 };
  /** Since when it waits, in epoch milliseconds; 0 while it does not. */
  #waitingSince = 0;

  /** `carried`: the record of the run before, which this one goes on with. */
  constructor(run: { workflowId: string; runId: string; startedAt: number }, carried?: TaskView) {
    this.view = { ...(carried ?? emptyView(run)), runId: run.runId };
    if (carried === undefined) note(this.view, 'queued', run.startedAt, 'submitted');
    this.#waitingSince = beganToWait(this.view.history);
  }

  /** Takes over what was submitted; a task that goes on keeps the tags and the host that it was given since. */
  describe(spec: TaskSpec, goesOn = false): void {
    const { view } = this;
    view.name = taskName(spec);
    if (!goesOn) {
      view.requires = spec.requires;
      view.pinnedTo = spec.host ?? null;
    }
    view.prefers = spec.prefers;
    view.limit = spec.limit ?? null;
    view.runtime = spec.runtime;
    view.command = spec.command;
    view.shell = spec.shell;
    view.skill = spec.skill ?? null;
    view.skillInputs = spec.skillInputs;
    view.priority = spec.priority;
    view.project = spec.project ?? null;
    view.submitter = spec.submitter ?? null;
    view.timeoutMs = spec.timeout ?? null;
    view.totalTimeoutMs = spec.totalTimeout ?? null;
    view.silenceMs = spec.silence ?? null;
    view.maxAttempts = spec.maxAttempts;
  }

  /** Since when it waits. */
  get waitingSince(): number {
    return this.#waitingSince;
  }

  /** The task waits on a route. */
  wait(found: Waiting, at: number): void {
    const { view } = this;
    view.route = found.queue;
    view.requires = found.requires;
    view.leaseMs = found.leaseMs;
    view.limitedSince = null;
    view.retryAt = null;
    view.ladder = found.ladder.map(({ requires, afterMs }, rung) => ({
      requires,
      at: rung === 0 ? null : iso(this.#waitingSince + afterMs),
    }));
    if (view.state !== found.state) this.#move(found.state, at, found.sentence);
  }

  /** A host to which alone it was offered did not say that it lets go of it: what it has of the attempt cannot begin. */
  unanswered(host: string, attempt: number, at: number): void {
    const reason = `${host} did not answer; its attempt ${attempt} cannot begin any more`;
    note(this.view, this.view.state, at, reason);
  }

  /** Another task with its key must end first. */
  limited(at: number): void {
    this.view.limitedSince = iso(at);
  }

  /**
   * A host took an attempt. False when the claim is older than one already recorded, or the task has ended: a late
   * signal of a lost attempt must not speak for the task.
   */
  claim(claim: Claim, at: number): boolean {
    const { view } = this;
    if (isTerminal(view.state) || claim.attempt <= view.attempt) return false;
    if (view.state === 'running' || view.state === 'claimed') {
      this.#wait(at, `${view.host ?? view.agent} lost the task in attempt ${view.attempt}`);
    }
    this.#held(claim, at);
    this.#claimed = { theirs: claim.at, ours: at };
    view.startedAt = iso(at);
    this.#move('claimed', at, `claimed by ${claim.agent}`, claim.agent);
    this.#move('running', at, `attempt ${claim.attempt} on ${claim.host}`, claim.agent);
    return true;
  }

  /** An agent outside took it; what it does it says itself. */
  take({ agent, host }: ClaimRequest, sessionId: string, at: number): void {
    this.#held({ agent, host, attempt: this.view.attempt + 1, sessionId }, at);
    this.view.startedAt = null;
    this.#move('claimed', at, `claimed by ${agent}`, agent);
  }

  /** The agent outside that holds it has begun, or goes on. */
  work(reason: string, at: number, by: string): void {
    this.view.startedAt ??= iso(at);
    this.#move('running', at, reason, by);
  }

  /** An attempt came back with its result: correct what was only known roughly while it ran. */
  returned(result: AttemptResult, at: number): void {
    const { view } = this;
    // Whoever ran it without a claim, the record must say who; and no end follows from waiting alone.
    if (isWaiting(view.state) && result.host !== null) {
      const attempt = Math.max(result.attempt, view.attempt + 1);
      this.claim({ ...result, host: result.host, attempt, at: result.startedAt }, at);
    }
    view.host = result.host ?? view.host;
    view.agent = result.agent;
    view.attempt = Math.max(view.attempt, result.attempt);
    view.sessionId = result.sessionId;
    if (result.host !== null) {
      const { ours, theirs } = this.#claimed;
      const startedAt = iso(Math.min(at, ours + Math.max(0, result.startedAt - theirs)));
      view.startedAt = startedAt;
      const running = view.history.findLast((entry) => entry.state === 'running' && entry.attempt === view.attempt);
      if (running) running.at = startedAt;
    }
    view.result = {
      outcome: result.outcome,
      exitCode: result.exitCode,
      signal: result.signal,
      summary: result.summary,
      tail: result.tail,
      sessionId: result.sessionId,
      ...(result.data !== undefined && { data: result.data }),
    };
  }

  /** It waits anew. `retryAt`: not before then. */
  again(at: number, reason: string, more: { retryAt?: number; by?: string } = {}): void {
    this.#wait(at, reason, more.by);
    this.view.retryAt = more.retryAt === undefined ? null : iso(more.retryAt);
  }

  /** The agent asks something, and the task waits for the answer. */
  block(question: string, at: number, by: string): void {
    const { view } = this;
    keep(view.questions, { question, askedAt: iso(at), attempt: view.attempt, answer: null, answeredBy: null });
    this.#move('blocked', at, question, by);
  }

  answer(text: string, by: string): void {
    const open = this.view.questions.findLast(({ answer }) => answer === null);
    if (open === undefined) return;
    open.answer = text;
    open.answeredBy = by;
  }

  /** It is passed on. With `requires` it asks for other tags from now on. */
  hand(handoff: Handoff, requires: string[] | null): void {
    const { view } = this;
    keep(view.handoffs, handoff);
    view.assignedTo = handoff.to;
    if (requires === null) return;
    view.requires = requires;
    view.pinnedTo = null;
  }

  note({ text, percent, by }: ProgressNote, at: number): void {
    this.view.progress = { text, percent, at: iso(at), by };
  }

  end(
    state: 'done' | 'failed' | 'cancelled',
    at: number,
    reason: string,
    more: { failure?: { code: FailureCode; message: string }; by?: string } = {},
  ): void {
    this.view.endedAt = iso(at);
    this.view.failure = more.failure ?? null;
    this.#move(state, at, reason, more.by);
  }

  #held(
    claim: { agent: string; host: string | null; attempt: number; sessionId: string; tokenHash?: string | undefined },
    at: number,
  ): void {
    const { view } = this;
    view.host = claim.host;
    view.agent = claim.agent;
    view.attempt = claim.attempt;
    view.sessionId = claim.sessionId;
    view.tokenHash = claim.tokenHash ?? null;
    view.assignedTo = null;
    view.limitedSince = null;
    view.retryAt = null;
    view.claimedAt = iso(at);
  }

  #wait(at: number, reason: string, by?: string): void {
    this.view.progress = null;
    // One that was taken back before anyone had it has waited all along.
    if (isWaiting(this.view.state)) return;
    this.#waitingSince = at;
    this.#move('queued', at, reason, by);
  }

  #move(to: TaskState, at: number, reason: string, by?: string): void {
    const { view } = this;
    if (!canTransition(view.state, to)) throw new Error(`a task cannot go from ${view.state} to ${to}`);
    view.state = to;
    note(view, to, at, reason, by);
  }
}

function keep<T>(list: T[], item: T): void {
  if (list.length >= MAX_KEPT) list.shift();
  list.push(item);
}
