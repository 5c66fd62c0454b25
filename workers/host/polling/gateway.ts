import type { Connection } from '@temporalio/client';
import type { DataConverter, LoadedDataConverter, SerializationContext } from '@temporalio/common';
import {
  encodeErrorToFailure,
  encodeToPayloadsWithContext,
  isLoadedDataConverter,
  loadDataConverter,
} from '@temporalio/common/lib/internal-non-workflow/index.js';
import proto, { type temporal } from '@temporalio/proto';
import { readBacklog } from './backlog.ts';
import { backoffMs, pause } from './backoff.ts';
import { decodeTask } from './decode-task.ts';
import { failureOf } from './failure.ts';
import { isNotFound, isTimedOut, isTransient, isUnreachable } from './grpc-errors.ts';
import { Link, type LinkState } from './link.ts';
import {
  type ActivityTask,
  type Backlog,
  type FailureSpec,
  type PollLog,
  type Settled,
  silentLog,
  type TaskOrToken,
} from './types.ts';

/** Above the 60 s after which the server ends an empty poll, so that an unanswered one is a dead link. */
const POLL_DEADLINE_MS = 70_000;
/** One try of a report; the whole of it is bounded by `deadlineMs`. */
const REPORT_TRY_MS = 10_000;
const REPORT_DEADLINE_MS = 60_000;
/** What a report may still take once its worker stops. */
const REPORT_WHILE_STOPPING_MS = 5_000;
const ASK_DEADLINE_MS = 2_000;

const ACTIVITY_QUEUE = proto.temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY;

export interface ActivityGatewayOptions {
  /** Made by `openHostConnection`: without the retry interceptor. */
  readonly connection: Connection;
  readonly namespace: string;
  /** Who polls, as shown in histories and lists of pollers. */
  readonly identity: string;
  readonly dataConverter?: DataConverter | LoadedDataConverter;
  /** Called once for each change; the link counts as up until a call finds nobody. */
  readonly onConnection?: (state: LinkState, error?: unknown) => void;
  readonly log?: PollLog;
}

export interface HeartbeatAnswer {
  readonly status: 'ok' | 'cancel-requested' | 'lost';
}

/** Temporal's calls for activities, one method each, with payloads as any SDK would write and read them. */
export class ActivityGateway {
  readonly identity: string;
  readonly namespace: string;
  readonly #connection: Connection;
  readonly #converter: LoadedDataConverter;
  readonly #link: Link;
  readonly #log: PollLog;

  constructor(options: ActivityGatewayOptions) {
    const { dataConverter } = options;
    this.identity = options.identity;
    this.namespace = options.namespace;
    this.#connection = options.connection;
    this.#converter = isLoadedDataConverter(dataConverter) ? dataConverter : loadDataConverter(dataConverter);
    this.#log = options.log ?? silentLog;
    const probe = () =>
      this.#call(ASK_DEADLINE_MS, () => this.#service.describeNamespace({ namespace: this.namespace }));
    this.#link = new Link(probe, options.onConnection ?? (() => undefined));
  }

  get connection(): LinkState {
    return this.#link.state;
  }

  /** Resolves when the server answers (at once while it does). */
  whenUp(): Promise<void> {
    return this.#link.whenUp();
  }

  /** Ends the prober of an outage. The connection stays its owner's. */
  close(): void {
    this.#link.close();
  }

  /**
   * One long poll: a task, or null when the server had none for a minute, or `signal` aborted. Aborting a poll can lose
   * the task that the server was just handing over until its heartbeat time-out.
   * @throws gRPC service errors; nothing is retried here.
   */
  async poll(queue: string, signal?: AbortSignal): Promise<ActivityTask | null> {
    if (signal?.aborted) return null;
    const request = { namespace: this.namespace, identity: this.identity, taskQueue: { name: queue } };
    let polled: temporal.api.workflowservice.v1.IPollActivityTaskQueueResponse;
    try {
      const send = () => this.#service.pollActivityTaskQueue(request);
      polled = await this.#call(POLL_DEADLINE_MS, signal ? () => this.#connection.withAbortSignal(signal, send) : send);
    } catch (error) {
      if (signal?.aborted) return null;
      if (isTimedOut(error) || isNotFound(error)) this.#link.failed(error);
      throw error;
    }
    if (!polled.taskToken?.length) return null;
    try {
      return await decodeTask(this.#converter, this.namespace, queue, polled);
    } catch (error) {
      this.#log.error({ queue, error }, 'a task brought payloads that this host cannot read');
      const message = `payloads unreadable on ${this.identity}: ${error instanceof Error ? error.message : error}`;
      await this.fail(polled.taskToken, { type: 'PayloadUnreadable', message, nextRetryDelayMs: 5_000 });
      return null;
    }
  }

  /**
   * Reports the result. Retries until `deadlineMs` (60 s) has passed, or 5 s since `stopping` aborted; then throws the last
   * error.
   */
  async complete(task: TaskOrToken, result: unknown, deadlineMs?: number, stopping?: AbortSignal): Promise<Settled> {
    const payloads = await this.#payloads(task, result);
    const request = { ...this.#about(task), result: { payloads: payloads ?? null } };
    return await this.#report(deadlineMs, stopping, () => this.#service.respondActivityTaskCompleted(request));
  }

  /** Reports a failure, an `Error` as the SDK would or one given by its parts. Retries like `complete`. */
  async fail(
    task: TaskOrToken,
    failure: FailureSpec | Error,
    deadlineMs?: number,
    stopping?: AbortSignal,
  ): Promise<Settled> {
    const encoded = await encodeErrorToFailure(this.#converter, failureOf(failure), contextOf(task));
    const last = failure instanceof Error ? undefined : failure.heartbeatDetails;
    const payloads = last === undefined ? undefined : await this.#payloads(task, last);
    const request = { ...this.#about(task), failure: encoded, ...(payloads && { lastHeartbeatDetails: { payloads } }) };
    return await this.#report(deadlineMs, stopping, () => this.#service.respondActivityTaskFailed(request));
  }

  /** Reports that a requested cancellation was carried out; the server refuses it when none was requested. */
  async cancelled(task: TaskOrToken, details?: unknown, deadlineMs?: number, stopping?: AbortSignal): Promise<Settled> {
    const payloads = details === undefined ? null : await this.#payloads(task, details);
    const request = { ...this.#about(task), details: { payloads: payloads ?? null } };
    return await this.#report(deadlineMs, stopping, () => this.#service.respondActivityTaskCanceled(request));
  }

  /**
   * One acknowledged heartbeat. `lost`: the server gave the attempt up; stop the work.
   * @throws gRPC service errors when there is no answer within `deadlineMs` (2 s).
   */
  async heartbeat(
    task: TaskOrToken,
    details?: unknown,
    deadlineMs: number = ASK_DEADLINE_MS,
  ): Promise<HeartbeatAnswer> {
    const payloads = details === undefined ? null : await this.#payloads(task, details);
    const request = { ...this.#about(task), details: { payloads: payloads ?? null } };
    try {
      const answer = await this.#call(deadlineMs, () => this.#service.recordActivityTaskHeartbeat(request));
      return { status: answer.cancelRequested ? 'cancel-requested' : 'ok' };
    } catch (error) {
      if (isNotFound(error)) return { status: 'lost' };
      throw error;
    }
  }

  /** What waits in a queue. */
  async backlog(queue: string, deadlineMs: number = ASK_DEADLINE_MS): Promise<Backlog> {
    const request = {
      namespace: this.namespace,
      taskQueue: { name: queue },
      taskQueueType: ACTIVITY_QUEUE,
      reportStats: true,
      // Deprecated, yet the only count that the server does not serve from a cache (see readBacklog).
      includeTaskQueueStatus: true,
    };
    return readBacklog(await this.#call(deadlineMs, () => this.#service.describeTaskQueue(request)));
  }

  get #service() {
    return this.#connection.workflowService;
  }

  #about(task: TaskOrToken) {
    return { namespace: this.namespace, identity: this.identity, taskToken: tokenOf(task) };
  }

  #payloads(task: TaskOrToken, value: unknown) {
    return encodeToPayloadsWithContext(this.#converter, contextOf(task), [value]);
  }

  async #call<T>(deadlineMs: number, send: () => Promise<T>): Promise<T> {
    try {
      const answer = await this.#connection.withDeadline(Date.now() + deadlineMs, send);
      this.#link.answered();
      return answer;
    } catch (error) {
      if (isUnreachable(error)) this.#link.failed(error);
      throw error;
    }
  }

  async #report(
    deadlineMs: number = REPORT_DEADLINE_MS,
    stopping: AbortSignal | undefined,
    send: () => Promise<unknown>,
  ): Promise<Settled> {
    let end = performance.now() + deadlineMs;
    const hurry = () => {
      end = Math.min(end, performance.now() + REPORT_WHILE_STOPPING_MS);
    };
    if (stopping?.aborted) hurry();
    stopping?.addEventListener('abort', hurry, { once: true });
    try {
      for (let attempt = 1; ; attempt++) {
        try {
          await this.#call(Math.max(1, Math.min(REPORT_TRY_MS, end - performance.now())), send);
          return 'ok';
        } catch (error) {
          if (isNotFound(error)) return 'lost';
          const wait = backoffMs(attempt);
          if (!isTransient(error) || performance.now() + wait >= end) throw error;
          await pause(wait, stopping?.aborted ? undefined : stopping);
        }
      }
    } finally {
      stopping?.removeEventListener('abort', hurry);
    }
  }
}

function tokenOf(task: TaskOrToken): Uint8Array {
  return task instanceof Uint8Array ? task : task.token;
}

function contextOf(task: TaskOrToken): SerializationContext | undefined {
  return task instanceof Uint8Array ? undefined : task.serializationContext;
}
