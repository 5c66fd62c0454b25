import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  CancelledFailure,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities, FoundRoute } from '../activities/control-activities.ts';
import type { AttemptResult } from '../schemas/attempt.ts';
import type { Carried } from '../schemas/carried.ts';
import type { FailureCode } from '../schemas/failures.ts';
import type { TaskSpec } from '../schemas/task.ts';
import type { ClaimGrant, ClaimRequest } from '../schemas/task-requests.ts';
import { Desk } from './desk.ts';
import { releaseLimit } from './messages.ts';
import { cancelledResult, type Ending, Offer, type Terms } from './offer.ts';
import { OutsideClaim } from './outside-claim.ts';
import { publish, publishWaiting } from './publish-task.ts';
import { refusal } from './refusal.ts';
import {
  claimActivityId,
  FAILURES,
  isTerminal,
  isWaiting,
  limitWorkflowId,
  POISONED_AFTER,
  pinnedQueue,
  sessionIdOf,
  taskKeyOf,
} from './rules.ts';
import type { TaskRecord } from './task-record.ts';

const { findRoute, acquirePlace } = proxyLocalActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '1m' },
  // A longer wait is a timer: tasks that wait for a fleet in trouble leave their worker's slots to those that run.
  localRetryThreshold: '1s',
});

/** A place that was waited for is given up again when nobody has taken the task by then. */
const PLACE_UNUSED_MS = 60_000;
/** Wait before a task that was lost on a host to which alone it was offered is offered again. */
const LOCK_DELAY_MS = 3_000;
/** The growing wait between failures stops growing here. */
const LONGEST_RETRY_DELAY_MS = 3_600_000;

/**
 * A task at work. What it is at follows from its record: held by an agent outside, blocked, handed to one agent, resting
 * until a time, waiting for a place among its kind, else offered to hosts. It leaves that when it is over, or when
 * somebody asks for something else, and looks again.
 */
export class TaskRun {
  readonly record: TaskRecord;
  readonly spec: TaskSpec;
  readonly desk = new Desk();
  /** The agent outside that has it. */
  outside: OutsideClaim | undefined;
  /** Whether it has one of the places of its limit's key. */
  hasPlace = false;
  /** Attempts that the server gave up though their worker lives. */
  readonly survivors = new Set<number>();
  #counted: number;
  #deaths: number[];
  #askedForPlace: boolean;
  #placeUntil: number | undefined;
  #end: { result: AttemptResult } | { failure: ApplicationFailure } | undefined;

  constructor(spec: TaskSpec, record: TaskRecord, before?: { counted: number; deaths: number[] }) {
    this.spec = spec;
    this.record = record;
    this.#counted = before?.counted ?? 0;
    this.#deaths = before?.deaths ?? [];
    this.#askedForPlace = record.view.limitedSince !== null;
  }

  /** Until the task has ended. `input`: what its workflow was started with. */
  async toEnd(input: unknown): Promise<AttemptResult> {
    for (;;) {
      const { view } = this.record;
      if (this.outside) await this.#held(this.outside);
      else if (view.state === 'blocked' || view.assignedTo !== null) await condition(() => this.desk.calls);
      else if (view.retryAt !== null) await this.#rest(Date.parse(view.retryAt));
      else if (view.limitedSince !== null) await this.#inLine();
      else await this.#offered();
      while (this.#end === undefined && (await this.desk.serve())) publish(this.record);
      if (this.#end) {
        if ('failure' in this.#end) throw this.#end.failure;
        return this.#end.result;
      }
      if (this.#isDueForNewRun) {
        await condition(() => allHandlersFinished() || this.desk.calls);
        if (!this.desk.calls) await this.#continue(input);
      }
    }
  }

  /** Lets go of what it holds elsewhere. */
  async close(): Promise<void> {
    await this.dropOutside();
    await this.#givePlaceBack();
  }

  /** Gives the task to an agent outside. Nobody else may have it any more when this is called. */
  async give(claim: ClaimRequest): Promise<ClaimGrant> {
    const { record, spec } = this;
    if (spec.limit !== undefined && !(await this.takePlace())) {
      throw refusal(
        'LimitReached',
        `only ${spec.limit.max} tasks of "${spec.limit.key}" may run at once, and so many do`,
      );
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

  /** Ends the hold of an agent outside, if one has it. */
  async dropOutside(): Promise<void> {
    const { outside } = this;
    this.outside = undefined;
    await outside?.letGo();
  }

  /** Whether it has, or was just given, a place among the tasks of its key. */
  async takePlace(): Promise<boolean> {
    const { limit } = this.spec;
    if (limit === undefined || this.hasPlace) return true;
    const { id: taskId, workflowId, runId, submittedAt } = this.record.view;
    this.#askedForPlace = true;
    const since = Date.parse(submittedAt);
    const { granted } = await acquirePlace({
      key: limit.key,
      asker: { taskId, workflowId, runId, max: limit.max, since },
    });
    if (granted) this.hasPlace = true;
    return this.hasPlace;
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
    await this.dropOutside();
    await this.#givePlaceBack();
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
    await condition(() => this.hasPlace || this.desk.calls);
    if (!this.hasPlace) return;
    this.record.view.limitedSince = null;
    this.#placeUntil = Date.now() + PLACE_UNUSED_MS;
  }

  /** Offers it to hosts: first to those that rank higher, then to all that may take it, then to more of them. */
  async #offered(): Promise<void> {
    const { record, spec } = this;
    for (;;) {
      const waited = Date.now() - record.waitingSince;
      const open = spec.alternatives.filter(({ afterMs }) => afterMs <= waited).length;
      const found = await findRoute({
        requires: record.view.requires,
        skill: spec.skill ?? null,
        alternatives: spec.alternatives.map(({ requires }) => requires),
        open,
        prefers: spec.prefers,
        host: record.view.pinnedTo,
        project: spec.project ?? null,
        submitter: spec.submitter ?? null,
      });
      if (this.desk.calls) return;
      this.#showWaiting(found);
      const first = found.first ?? [];
      for (const host of first) {
        const terms = { ...this.#termsOf(found), queue: pinnedQueue(host), once: true };
        const tried = await this.#offer(terms, Date.now() + spec.preferWait / first.length);
        if (tried === 'over') return;
      }
      const next = spec.alternatives[open];
      const due = next && record.waitingSince + next.afterMs;
      if ((await this.#offer(this.#termsOf(found), due)) === 'over') return;
    }
  }

  #showWaiting(found: FoundRoute): void {
    const { record, spec } = this;
    const sets = found.sets ?? [found.requires];
    const leaseMs = spec.lease ?? found.leaseMs;
    const ladder = sets.map((requires, at) => ({ requires, afterMs: spec.alternatives[at - 1]?.afterMs ?? 0 }));
    record.wait({ ...found, leaseMs, ladder }, Date.now());
    publishWaiting(record);
  }

  #termsOf(found: FoundRoute): Terms {
    const leaseMs = this.spec.lease ?? found.leaseMs;
    return {
      queue: found.queue,
      requires: found.requires,
      or: found.or ?? [],
      leaseMs,
      fairness: found.fairness ?? null,
      once: false,
      deaths: this.#deaths,
    };
  }

  /**
   * One offer, until it ends, or `due` (epoch milliseconds) has come and nobody has it. `over`: something else than a
   * further offer follows.
   */
  async #offer(terms: Terms, due: number | undefined): Promise<'over' | 'further'> {
    const { record, desk } = this;
    const offer = new Offer(this.spec, record, terms);
    const isLeft = () => offer.ending !== undefined || desk.calls || this.#isDueForNewRun;
    const isWaitingStill = () => offer.ending === undefined && isWaiting(record.view.state);
    // A cancelled task waits here for the word that its agent is gone.
    await CancellationScope.nonCancellable(async () => {
      for (const time of [this.#placeUntil, due].filter((at) => at !== undefined).sort((a, b) => a - b)) {
        if (await condition(isLeft, Math.max(1, time - Date.now()))) break;
        if (!isWaitingStill()) continue;
        if (time === due) return offer.withdraw();
        await this.#givePlaceBack();
      }
      await condition(isLeft);
      if (offer.ending === undefined) offer.withdraw();
    });
    await CancellationScope.nonCancellable(() => condition(() => offer.ending !== undefined));
    const left = desk.calls || this.#isDueForNewRun;
    const next = await this.#after(offer.ending as Ending, left);
    if (!(next === 'over' && record.view.limitedSince !== null)) await this.#givePlaceBack();
    return next;
  }

  async #after(ending: Ending, left: boolean): Promise<'over' | 'further'> {
    const { record } = this;
    switch (ending.kind) {
      case 'result':
        this.settle(ending.result);
        return 'over';
      case 'withdrawn':
        if (ending.result) record.returned(ending.result, Date.now());
        if (isCancelled()) throw new CancelledFailure('cancelled');
        if (!left && !isWaiting(record.view.state))
          record.again(Date.now(), 'it was taken back to be offered to more hosts');
        return left ? 'over' : 'further';
      case 'untaken':
        if (ending.lost && !isWaiting(record.view.state)) {
          record.again(Date.now(), `${record.view.host} lost the task in attempt ${record.view.attempt}`, {
            retryAt: Date.now() + LOCK_DELAY_MS,
          });
          publish(record);
          return 'over';
        }
        return left ? 'over' : 'further';
      case 'limited':
        record.limited(Date.now());
        publish(record);
        return 'over';
      case 'deadly': {
        this.#deaths = ending.deaths.filter((attempt) => !this.survivors.has(attempt));
        if (this.#deaths.length >= POISONED_AFTER) {
          this.fail('poisoned', `the workers of attempts ${this.#deaths.join(', ')} died while they ran it`);
        }
        return 'over';
      }
      case 'error': {
        const ended = cancelledResult(ending.error);
        if (ended) record.returned(ended, Date.now());
        // The host was lost while it was to cancel: its lease is over, so nothing runs there any more.
        if (isCancelled() && ending.error instanceof ActivityFailure) {
          throw new CancelledFailure('the host was lost before it could confirm');
        }
        throw ending.error;
      }
    }
  }

  /** Gives up its place, or its place in the line. */
  async #givePlaceBack(): Promise<void> {
    const { limit } = this.spec;
    if (limit === undefined || !this.#askedForPlace) return;
    this.hasPlace = false;
    this.#askedForPlace = false;
    this.#placeUntil = undefined;
    const { workflowId } = this.record.view;
    // Nobody counts any more: then nothing is to be given back.
    await CancellationScope.nonCancellable(() =>
      getExternalWorkflowHandle(limitWorkflowId(limit.key))
        .signal(releaseLimit, { workflowId })
        .catch(() => undefined),
    );
  }

  /** A history that has grown long is left behind while nobody has the task. */
  get #isDueForNewRun(): boolean {
    return workflowInfo().continueAsNewSuggested && this.outside === undefined && isWaiting(this.record.view.state);
  }

  async #continue(input: unknown): Promise<never> {
    const carried: Carried = { view: this.record.view, counted: this.#counted, deaths: this.#deaths };
    return continueAsNew<(input: unknown, carried: unknown) => Promise<AttemptResult>>(input, carried);
  }
}

/** Ends a task as failed, and gives the failure with which its workflow is to end. */
export function failed(record: TaskRecord, code: FailureCode, message: string, by?: string): ApplicationFailure {
  if (!isTerminal(record.view.state)) {
    record.end('failed', Date.now(), message, { failure: { code, message }, ...(by !== undefined && { by }) });
    publish(record);
  }
  return ApplicationFailure.create({ message, type: code, nonRetryable: true, details: [record.view.result] });
}

/** What an agent outside says of the attempt it holds, as a host would. */
export function outsideResult(
  { view }: TaskRecord,
  said: Pick<AttemptResult, 'outcome' | 'summary'> & Partial<Pick<AttemptResult, 'data' | 'question'>>,
): AttemptResult {
  return {
    attempt: view.attempt,
    host: null,
    agent: view.agent ?? '',
    sessionId: view.sessionId ?? '',
    exitCode: null,
    signal: null,
    tail: [],
    startedAt: Date.parse(view.startedAt ?? view.claimedAt ?? view.submittedAt),
    endedAt: Date.now(),
    output: { bytes: 0, events: 0, liveCapped: false, transcriptCapped: false },
    ...said,
  };
}

function isCancelled(): boolean {
  return CancellationScope.current().consideredCancelled;
}
