import {
  ActivityFailure,
  ApplicationFailure,
  CancellationScope,
  CancelledFailure,
  proxyActivities,
  TimeoutFailure,
  workflowInfo,
} from '@temporalio/workflow';
import type { AttemptResult } from '../schemas/attempt.ts';
import type { RunAgentInput } from '../schemas/host-activities.ts';
import type { TaskSpec } from '../schemas/task.ts';
import type { HostActivities } from './messages.ts';
import { deathsAfterLoss, hostQueue, readAttemptResult, readDeaths, taskKeyOf } from './rules.ts';
import type { TaskRecord } from './task-record.ts';

/** A task without a timeout may run for as long as Temporal can count. */
export const NO_LIMIT_MS = 10 * 365 * 24 * 3_600_000;
/** What the host may need beyond the agent's own timeout to end it and say so. */
const ENDING_MARGIN_MS = 60_000;
/**
 * Wait before Temporal gives a lost attempt to another host. A lock delay: the lease's schedule has ended the old agent
 * well before, this covers a machine that was slow to do so. Not exponential, because declines count as tries there.
 */
export const LOCK_DELAY_MS = 3_000;

/** Type of the failure when an attempt's result is of no known shape. */
export const UNREADABLE_RESULT = 'UnreadableResult';

/** Types of failures by which a host gives a task back for good, with something that the task must decide. */
const LIMIT_REACHED = 'LimitReached';
const POISONED = 'Poisoned';

/** Where a task is offered. */
export interface Terms {
  queue: string;
  requires: string[];
  /** Further sets of tags that will do. */
  or: string[][];
  leaseMs: number;
  fairness: { key: string; weight: number } | null;
  /** The host to which alone it is offered, for a moment. It must be granted its claim: it may be too late. */
  host: string | null;
  /** Not offered again by the server when it comes back: the task looks where to offer it next. */
  once: boolean;
  /** Attempts that have been, or may not begin any more. */
  attemptsBefore: number;
  /** Attempts whose worker was never heard of again. */
  deaths: number[];
}

/**
 * How an offer ended. `withdrawn`: nobody has it, and what ran was ended; with what it said, if an agent had begun.
 * `untaken`: what was offered once came back, because a host could not take it, gave it back, or was lost with it.
 */
export type Ending =
  | { kind: 'result'; result: AttemptResult }
  | { kind: 'withdrawn'; result: AttemptResult | undefined }
  | { kind: 'untaken'; reason: string; delayMs: number; deaths: number[] }
  | { kind: 'limited' }
  | { kind: 'deadly'; deaths: number[] }
  | { kind: 'error'; error: unknown };

/**
 * One attempt, offered to whichever host of the route takes it, with all that the infrastructure loses or declines on
 * the way. Until it ends no other may be made.
 */
export class Offer {
  readonly #scope = new CancellationScope();
  #withdrawn = false;
  #ending: Ending | undefined;

  constructor(spec: TaskSpec, record: TaskRecord, terms: Terms) {
    this.#scope
      .run(() => runAgent(spec, record, terms))
      .then(
        (result) => this.#end({ kind: 'result', result }),
        (error: unknown) => this.#end(this.#read(error, terms)),
      );
  }

  /** Undefined until it has ended. */
  get ending(): Ending | undefined {
    return this.#ending;
  }

  get isWithdrawn(): boolean {
    return this.#withdrawn;
  }

  /** Takes it back. If an agent has begun it is ended first. */
  withdraw(): void {
    if (this.#withdrawn || this.#ending !== undefined) return;
    this.#withdrawn = true;
    this.#scope.cancel();
  }

  #end(ending: Ending): void {
    this.#ending = ending;
  }

  #read(error: unknown, { once, deaths }: Terms): Ending {
    if (this.#withdrawn && error instanceof ActivityFailure) {
      return { kind: 'withdrawn', result: cancelledResult(error) };
    }
    const cause = error instanceof ActivityFailure ? error.cause : undefined;
    if (cause instanceof ApplicationFailure) {
      if (cause.type === LIMIT_REACHED) return { kind: 'limited' };
      if (cause.type === POISONED) return { kind: 'deadly', deaths: readDeaths(cause.details?.[0]) };
      if (once && !cause.nonRetryable) {
        const delayMs = typeof cause.nextRetryDelay === 'number' ? cause.nextRetryDelay : LOCK_DELAY_MS;
        return { kind: 'untaken', reason: cause.message, delayMs, deaths };
      }
    }
    if (once && cause instanceof TimeoutFailure) {
      const reason = 'it stopped answering';
      return {
        ...{ kind: 'untaken', reason, delayMs: LOCK_DELAY_MS },
        deaths: deathsAfterLoss(cause.lastHeartbeatDetails) ?? deaths,
      };
    }
    return { kind: 'error', error };
  }
}

async function runAgent(spec: TaskSpec, record: TaskRecord, terms: Terms): Promise<AttemptResult> {
  const { runAgent } = proxyActivities<HostActivities>({
    taskQueue: terms.queue,
    summary: record.view.name,
    // The lease: a host that is silent for so long has lost the attempt.
    heartbeatTimeout: terms.leaseMs,
    // The host ends the agent at its timeout and reports it; this one is for a host that fails to.
    startToCloseTimeout: spec.timeout === undefined ? NO_LIMIT_MS : spec.timeout + spec.grace + ENDING_MARGIN_MS,
    // The slot and the worktree are free only when the host says that the agent is gone.
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    // Only what the infrastructure lost or declined is retried here, without limit; an agent's failure is a result.
    retry: { initialInterval: LOCK_DELAY_MS, backoffCoefficient: 1, ...(terms.once && { maximumAttempts: 1 }) },
    priority: {
      priorityKey: record.view.priority,
      ...(terms.fairness && { fairnessKey: terms.fairness.key, fairnessWeight: terms.fairness.weight }),
    },
  });
  const stopNudging = nudgeOnCancel(record);
  try {
    return readResult(await runAgent(inputOf(spec, record, terms)));
  } finally {
    stopNudging();
  }
}

function inputOf(spec: TaskSpec, { view }: TaskRecord, terms: Terms): RunAgentInput {
  const info = workflowInfo();
  return {
    taskId: view.id,
    taskKey: taskKeyOf(info.workflowId, info.firstExecutionRunId),
    workflowId: info.workflowId,
    runId: info.runId,
    requires: terms.requires,
    alternatives: terms.or,
    runtime: spec.runtime,
    command: spec.command,
    skill: spec.skill ?? null,
    skillRef: spec.skill && view.skillPin?.digest ? { name: spec.skill, digest: view.skillPin.digest } : null,
    skillInputs: spec.skillInputs,
    shell: spec.shell,
    env: spec.env,
    cwd: spec.cwd ?? null,
    timeoutMs: spec.timeout ?? null,
    graceMs: spec.grace,
    inputs: spec.inputs,
    silenceMs: spec.silence ?? null,
    limited: spec.limit !== undefined || terms.host !== null,
    attemptsBefore: terms.attemptsBefore,
    deathsBefore: terms.deaths,
    questions: view.questions,
    handoff: view.handoffs.at(-1) ?? null,
  };
}

/** A host learns of a cancellation with its next heartbeat; this makes it ask at once. Losing the nudge costs seconds. */
function nudgeOnCancel(record: TaskRecord): () => void {
  let active = true;
  void CancellationScope.current().cancelRequested.catch(() => {
    const { host, state, workflowId, runId } = record.view;
    if (!active || host === null || (state !== 'running' && state !== 'claimed')) return;
    void CancellationScope.nonCancellable(async () => {
      const { nudge } = proxyActivities<HostActivities>({
        taskQueue: hostQueue(host),
        scheduleToCloseTimeout: '5s',
        retry: { maximumAttempts: 1 },
      });
      await nudge({ workflowId, runId }).catch(() => undefined);
    });
  });
  return () => {
    active = false;
  };
}

/** A result comes from a host, whose version may be another. */
function readResult(given: unknown): AttemptResult {
  const result = readable(given);
  if (result) return result;
  throw ApplicationFailure.create({ type: UNREADABLE_RESULT, message: 'its host sent a result that cannot be read' });
}

/** What an agent that was ended on request still said. */
export function cancelledResult(error: unknown): AttemptResult | undefined {
  if (!(error instanceof ActivityFailure) || !(error.cause instanceof CancelledFailure)) return undefined;
  return readable(error.cause.details?.[0]);
}

function readable(given: unknown): AttemptResult | undefined {
  try {
    return readAttemptResult(given);
  } catch {
    return undefined;
  }
}
