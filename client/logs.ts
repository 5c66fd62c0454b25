import { setTimeout as sleep } from 'node:timers/promises';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { WorkflowStreamClient } from '@temporalio/workflow-streams/client';
import { sessionIdOf, sessionWorkflowId } from '../schemas/names.ts';
import { SessionEvent } from '../schemas/session-event.ts';
import type { TaskView } from '../schemas/task.ts';
import { isTerminal } from '../schemas/task-state.ts';
import { sessionEvents } from '../workflows/messages.ts';
import { askWorkflow } from './ask.ts';
import { showTask } from './show.ts';

/** The topic of a session's stream; each item is a batch of events. */
const EVENTS_TOPIC = 'events';
/** How often a follower looks whether a task without output has got some, or has ended. */
const LOOK_EVERY_MS = 500;

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
  let attempt = options.attempt ?? 1;
  let seen = 0;
  while (!signal?.aborted) {
    const live = follow && !isTerminal(view.state) && attempt >= view.attempt;
    const events = live
      ? followSession(client, sessionOf(view, attempt), seen, signal)
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

/** A session as it goes on, until its workflow ends. What its last batch held is read from the record it leaves. */
async function* followSession(
  client: Client,
  workflowId: string,
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
  const stream = WorkflowStreamClient.create(client, workflowId);
  try {
    for await (const item of stream.subscribe<SessionEvent[]>([EVENTS_TOPIC], 0, { resultType: true })) {
      for (const raw of item.data) {
        const event = SessionEvent.parse(raw);
        if (event.n <= last) continue;
        last = event.n;
        yield event;
      }
      if (signal?.aborted) return;
    }
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
  yield* readSession(client, workflowId, last);
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined);
}
