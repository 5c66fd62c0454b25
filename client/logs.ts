import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowStreamClient } from '@temporalio/workflow-streams/client';
import { sessionIdOf, sessionWorkflowId } from '../schemas/names.ts';
import { SessionEvent } from '../schemas/session-event.ts';
import { isTerminal } from '../schemas/task-state.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { sessionEvents } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { ColibriError } from './errors.ts';
import { grpcErrorIn } from './grpc-error.ts';
import { showTask } from './show.ts';

/** The topic of a session's stream; each item is a batch of events. */
const EVENTS_TOPIC = 'events';
/** How often a follower looks whether a task without output has got some, or has ended. */
const LOOK_EVERY_MS = 500;
/** How often the follower of a session looks whether the task has gone on without it. */
const PASSED_EVERY_MS = 2_000;

/** gRPC's code. */
const FAILED_PRECONDITION = 9;

/** One event of one attempt. */
export interface LogEvent {
  attempt: number;
  event: SessionEvent;
}

export interface LogOptions {
  /** Default: every attempt there was. */
  attempt?: number;
  /** Go on until the task ends. */
  follow?: boolean;
  signal?: AbortSignal;
}

/**
 * The output of a task, attempt by attempt, from the first event. With `follow` it goes on as events come, over lost
 * connections and lost hosts, until the task ends: each event is given once, in order.
 */
export async function* taskLogs(client: Client, id: string, options: LogOptions = {}): AsyncGenerator<LogEvent, void> {
  const { signal, follow = false } = options;
  let view = await showTask(client, id);
  if (options.attempt !== undefined && options.attempt > view.attempt && (isTerminal(view.state) || !follow)) {
    const had = view.attempt === 0 ? 'none yet' : `${view.attempt} so far`;
    throw new ColibriError('not-found', `the task "${view.id}" has no attempt ${options.attempt}: it had ${had}`);
  }
  let attempt = options.attempt ?? 1;
  let seen = 0;
  while (!signal?.aborted) {
    const live = follow && !isTerminal(view.state) && attempt >= view.attempt;
    const events = live
      ? followSession(client, { id, attempt, workflowId: sessionOf(view, attempt) }, seen, signal)
      : readSession(client, sessionOf(view, attempt), seen);
    for await (const event of events) {
      seen = event.n;
      yield { attempt, event };
    }
    const before = view;
    view = await showTask(client, id);
    const whole = isTerminal(before.state) || attempt < before.attempt;
    if (whole || !follow) {
      if (options.attempt !== undefined || attempt >= before.attempt) return;
      attempt += 1;
      seen = 0;
    } else if (!isTerminal(view.state) && view.attempt <= attempt) {
      await pause(LOOK_EVERY_MS, signal);
    }
  }
}

function sessionOf(view: TaskView, attempt: number): string {
  const key = view.sessionId === null ? view.id : view.sessionId.slice(0, view.sessionId.lastIndexOf('/'));
  return sessionWorkflowId(sessionIdOf(key, attempt));
}

/** What there is of a session, after event number `after`. Nothing when it never had output. */
async function* readSession(client: Client, workflowId: string, after: number): AsyncGenerator<SessionEvent, void> {
  const handle = client.workflow.getHandle(workflowId);
  for (let last = after; ; ) {
    let page: SessionEvent[];
    try {
      const answer = await askWorkflow(() => handle.query(sessionEvents, { after: last }));
      page = answer.events;
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return;
      throw error;
    }
    if (page.length === 0) return;
    yield* page;
    last = page.at(-1)?.n ?? last;
  }
}

/**
 * A session as it goes on, until its workflow ends or its host is lost. What its last batch held is read from the record
 * it leaves.
 */
async function* followSession(
  client: Client,
  { id, attempt, workflowId }: { id: string; attempt: number; workflowId: string },
  after: number,
  signal: AbortSignal | undefined,
): AsyncGenerator<SessionEvent, void> {
  let last = after;
  try {
    await client.workflow.getHandle(workflowId).describe();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return;
    throw error;
  }
  const left = new AbortController();
  const passed = whenPassed(client, id, attempt, left.signal);
  const over = AbortSignal.any(signal === undefined ? [passed] : [passed, signal]);
  // Without a client it ends where the session continues as new, and our caller follows the next run. With one it looks
  // for that run by itself, and asks without pause or end when the session closes before a poll has reached it.
  const stream = new WorkflowStreamClient(client.workflow.getHandle(workflowId));
  const items = stream.subscribe<SessionEvent[]>([EVENTS_TOPIC], 0, { resultType: true });
  try {
    while (!over.aborted) {
      const item = await abortable(client, over, () => items.next());
      if (item.done) break;
      for (const raw of item.value.data) {
        const event = SessionEvent.parse(raw);
        if (event.n <= last) continue;
        last = event.n;
        yield event;
      }
    }
  } catch (error) {
    if (!over.aborted && !(error instanceof WorkflowNotFoundError) && !isRefusedByRollover(error)) throw error;
  } finally {
    left.abort();
  }
  if (!signal?.aborted) yield* readSession(client, workflowId, last);
}

/** A poll under way while the session continues as new may be refused; the next one reaches the session that follows. */
function isRefusedByRollover(error: unknown): boolean {
  return grpcErrorIn(error)?.code === FAILED_PRECONDITION;
}

/** The SDK never lets go of the signal it is given: each call gets one of its own, or a long stream would pile them up. */
async function abortable<T>(client: Client, signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  const once = new AbortController();
  const abort = () => once.abort();
  signal.addEventListener('abort', abort);
  try {
    return await client.withAbortSignal(once.signal, call);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/**
 * Aborts when the task has gone on without this attempt: a host that is killed cannot close its session, which then stays
 * open for minutes.
 */
function whenPassed(client: Client, id: string, attempt: number, left: AbortSignal): AbortSignal {
  const passed = new AbortController();
  const look = async () => {
    let wasOver = false;
    while (!left.aborted && !passed.signal.aborted) {
      await pause(PASSED_EVERY_MS, left);
      const view = await showTask(client, id).catch(() => undefined);
      if (view === undefined) continue;
      // A task that has just ended leaves its session a moment to bring the last of its output.
      const isOver = isTerminal(view.state);
      if (view.attempt > attempt || (isOver && wasOver)) passed.abort();
      wasOver = isOver;
    }
  };
  void look();
  return passed.signal;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
