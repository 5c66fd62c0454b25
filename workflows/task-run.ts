import {
  type ApplicationFailure,
  allHandlersFinished,
  CancelledFailure,
  condition,
  continueAsNew,
  workflowInfo,
} from '@temporalio/workflow';
import type { AttemptResult } from '../schemas/attempt.ts';
import type { Carried } from '../schemas/carried.ts';
import type { FailureCode } from '../schemas/failures.ts';
import type { TaskSpec } from '../schemas/task.ts';
import type { ClaimGrant, ClaimRequest } from '../schemas/task-requests.ts';
import { Desk } from './desk.ts';
import { type Loss, OutsideClaim } from './outside-claim.ts';
import { publish } from './publish-task.ts';
import { refusal } from './refusal.ts';
import { claimActivityId, FAILURES, isWaiting, POISONED_AFTER, sessionIdOf, taskKeyOf } from './rules.ts';
import { failed, outsideResult } from './task-endings.ts';
import { offerToHosts } from './task-offering.ts';
import { Place } from './task-place.ts';
import type { TaskRecord } from './task-record.ts';

/** What an agent outside is told of how it lost a task. */
const LOSSES: Readonly<Record<Loss, string | undefined>> = {
  silent: 'its claim was not renewed in time',
  timeout: "it took longer than the task's timeout",
  failed: 'its claim was ended from outside',
  completed: undefined,
};

/** The growing wait between failures stops growing here. */
const LONGEST_RETRY_DELAY_MS = 3_600_000;

/**
 * A task at work. What it is at follows from its record: held by an agent outside, blocked, handed to one agent, resting
 * until a time, in line for a place, else offered to hosts. It leaves that when it is over, or when somebody asks for
 * something else, and looks again.
 */
export class TaskRun {
  readonly record: TaskRecord;
  readonly spec: TaskSpec;
  readonly desk = new Desk();
  readonly place: Place;
  /** The agent outside that has it. */
  outside: OutsideClaim | undefined;
  /** Attempts that the server gave up though their worker lives. */
  readonly survivors = new Set<number>();
  /** Hosts that did not answer, or came to grief, when it was offered to them alone: not asked before others again. */
  readonly shunned = new Set<string>();
  /** Attempts up to this one may not begin any more. */
  closed = 0;
  #counted: number;
  #deaths: number[];
  #end: { result: AttemptResult } | { failure: ApplicationFailure } | undefined;

  /** `before`: what a former run hands over. */
  constructor(spec: TaskSpec, record: TaskRecord, before?: { counted: number; deaths: number[] }) {
    this.spec = spec;
    this.record = record;
    this.place = new Place(record.view);
    this.#counted = before?.counted ?? 0;
    this.#deaths = before?.deaths ?? [];
  }

  /** Attempts whose worker was never heard of again. */
  get deaths(): number[] {
    return this.#deaths;
  }

  /** Whether a claim comes too late for what was offered to its host alone. */
  isTakenBack({ attempt }: { attempt: number }): boolean {
    return attempt <= this.closed;
  }

  /** A history that has grown long is left behind while nobody has the task. */
  get isDueForNewRun(): boolean {
    return workflowInfo().continueAsNewSuggested && this.outside === undefined && isWaiting(this.record.view.state);
  }

  /** Until the task has ended. `input`: what its workflow was started with. */
  async toEnd(input: unknown): Promise<AttemptResult> {
    const { record, desk } = this;
    for (;;) {
      const { view } = record;
      if (this.outside) await this.#held(this.outside);
      else if (view.state === 'blocked' || view.assignedTo !== null) await condition(() => desk.calls);
      else if (view.retryAt !== null) await this.#rest(Date.parse(view.retryAt));
      else if (view.limitedSince !== null) await this.#inLine();
      else await offerToHosts(this);
      while (this.#end === undefined && (await desk.serve())) publish(record);
      if (this.#end) {
        if ('failure' in this.#end) throw this.#end.failure;
        return this.#end.result;
      }
      if (this.isDueForNewRun) {
        await condition(() => allHandlersFinished() || desk.calls);
        if (!desk.calls) await this.#continue(input);
      }
    }
  }

  /** Lets go of what it holds elsewhere. */
  async close(): Promise<void> {
    await this.dropOutside(`the task has ended: ${this.record.view.history.at(-1)?.reason ?? ''}`);
    await this.place.giveBack();
  }

  /** Gives the task to an agent outside. Nobody else may have it any more when this is called. */
  async give(claim: ClaimRequest): Promise<ClaimGrant> {
    const { record, spec } = this;
    if (!(await this.place.take())) {
      if (record.view.limitedSince === null) await this.place.giveBack();
      const { key, max } = record.view.limit ?? { key: '', max: 0 };
      throw refusal('LimitReached', `only ${max} tasks of "${key}" may run at once, and so many do`);
    }
    const info = workflowInfo();
    const attempt = record.view.attempt + 1;
    record.take(claim, sessionIdOf(taskKeyOf(info.workflowId, info.firstExecutionRunId), attempt), Date.now());
    const { workflowId, runId, id: taskId } = record.view;
    const taken = { taskId, workflowId, runId, activityId: claimActivityId(attempt), attempt };
    this.outside = new OutsideClaim(claim, taken, { timeoutMs: spec.timeout ?? null, name: record.view.name });
    await this.outside.tellTaken();
    return { ...taken, timeoutMs: claim.timeoutMs };
  }

  /** Ends the hold of an agent outside, if one has it. `why`: how it lost it, when it did not let go itself. */
  async dropOutside(why?: string): Promise<void> {
    const { outside } = this;
    this.outside = undefined;
    await outside?.letGo(why);
  }

  done(result: AttemptResult, by: string): void {
    this.record.end('done', Date.now(), result.summary, { by });
    publish(this.record);
    this.#end = { result };
  }

  fail(code: FailureCode, message: string, by?: string): void {
    this.#end = { failure: failed(this.record, code, message, by) };
  }

  /** What follows from how an attempt ended. */
  settle(result: AttemptResult): void {
    const { record, spec } = this;
    const now = Date.now();
    record.returned(result, now);
    if (result.outcome === 'succeeded') {
      this.done(result, result.agent);
      return;
    }
    if (result.outcome === 'cancelled') throw new CancelledFailure(result.summary);

    const code: FailureCode = result.outcome === 'failed' ? 'agent-error' : result.outcome;
    const { counted, wait } = FAILURES[code];
    if (counted) this.#counted += 1;
    if (counted && this.#counted >= spec.maxAttempts) {
      this.fail(code, result.summary, result.agent);
      return;
    }
    if (wait === 'answer') record.block(result.question ?? result.summary, now, result.agent);
    else if (wait === 'reset') record.again(now, result.summary, { retryAt: result.until ?? now, by: result.agent });
    else {
      const reason = `${result.summary}; attempt ${this.#counted} of ${spec.maxAttempts} failed, trying again`;
      record.again(now, reason, { retryAt: now + this.#retryDelay, by: result.agent });
    }
    publish(record);
  }

  /** The workers of these attempts were not heard of again, as the last host counted; some may have been since. */
  mourn(attempts: readonly number[]): void {
    this.#deaths = attempts.filter((attempt) => !this.survivors.has(attempt));
    if (this.#deaths.length < POISONED_AFTER) return;
    this.fail('poisoned', `the workers of attempts ${this.#deaths.join(', ')} died while they ran it`);
  }

  get #retryDelay(): number {
    const { retryDelay } = this.spec;
    const grown = retryDelay * 2 ** Math.min(this.#counted - 1, 30);
    return Math.min(grown, Math.max(retryDelay, LONGEST_RETRY_DELAY_MS));
  }

  async #held(outside: OutsideClaim): Promise<void> {
    await condition(() => outside.loss !== undefined || this.desk.calls);
    if (outside.loss === undefined) return;
    const { record } = this;
    const { agent } = outside.claim;
    await this.dropOutside(LOSSES[outside.loss]);
    await this.place.giveBack();
    if (outside.loss === 'timeout') {
      this.settle(outsideResult(record, { outcome: 'timeout', summary: `${agent} took longer than its timeout` }));
    } else if (record.view.state !== 'blocked') {
      const why = outside.loss === 'silent' ? 'stopped heartbeating' : 'gave it up';
      record.again(Date.now(), `${agent} ${why}`, { by: agent });
      publish(record);
    }
    // The question of one that is blocked stays; whoever takes the task next is told the answer.
  }

  async #rest(until: number): Promise<void> {
    const woken = await condition(() => this.desk.calls, Math.max(1, until - Date.now()));
    if (!woken) this.record.view.retryAt = null;
  }

  async #inLine(): Promise<void> {
    await condition(() => this.place.isHeld || this.desk.calls);
    if (this.place.isHeld) this.record.view.limitedSince = null;
  }

  async #continue(input: unknown): Promise<never> {
    const carried: Carried = { view: this.record.view, counted: this.#counted, deaths: this.#deaths };
    return continueAsNew<(input: unknown, carried: unknown) => Promise<AttemptResult>>(input, carried);
  }
}
