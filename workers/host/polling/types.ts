import type { SerializationContext } from '@temporalio/common';

/** One attempt of an activity, as the server handed it out. Times are epoch milliseconds of the server's clock. */
export interface ActivityTask {
  readonly token: Uint8Array;
  /** The token in base64, for run records. */
  readonly tokenText: string;
  readonly queue: string;
  readonly activityType: string;
  readonly activityId: string;
  readonly workflowId: string;
  readonly runId: string;
  readonly workflowType: string;
  /** From 1; declines and lost hosts count too, so it is no count of what an agent tried. */
  readonly attempt: number;
  readonly input: readonly unknown[];
  /** What the last attempt's last acknowledged heartbeat carried. */
  readonly heartbeatDetails: unknown;
  /** 0: none. */
  readonly heartbeatTimeoutMs: number;
  /** 0: none. */
  readonly startToCloseTimeoutMs: number;
  /** When the activity was first scheduled, however often it was retried since. */
  readonly scheduledAt: number;
  readonly startedAt: number;
  /** 1 (most urgent) to 5. */
  readonly priorityKey: number;
  /** What the payloads of this attempt are bound to, for codecs that care. */
  readonly serializationContext: SerializationContext;
}

/** A whole task where there is one; after a restart its token alone. */
export type TaskOrToken = ActivityTask | Uint8Array;

/**
 * What became of a report. `lost`: the attempt is no longer ours (timed out, given to another, ended), or an earlier
 * try of this very report was accepted and only its answer was lost. Nothing is left to do in either case.
 */
export type Settled = 'ok' | 'lost';

export interface FailureSpec {
  readonly type: string;
  readonly message: string;
  readonly nonRetryable?: boolean;
  readonly nextRetryDelayMs?: number;
  readonly details?: readonly unknown[];
  /** What the attempt's heartbeats say from now on: the next attempt is given it. */
  readonly heartbeatDetails?: unknown;
}

export interface Backlog {
  /** Tasks waiting, all priorities; counted by the server at the moment of asking. */
  readonly total: number;
  /** By priority key (1 most urgent): how many, and the age of the oldest since it entered the queue. */
  readonly byPriority: ReadonlyMap<number, { count: number; ageMs: number }>;
}

/** The part of a pino logger that polling needs. */
export interface PollLog {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLog: PollLog = { debug() {}, info() {}, warn() {}, error() {} };
