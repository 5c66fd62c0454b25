import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defaultPayloadConverter,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { decodePayloadWire, WorkflowStream, type WorkflowStreamState } from '@temporalio/workflow-streams/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { SessionEvent, SessionInfo } from '../schemas/session-event.ts';
import { append, sessionEvents } from './messages.ts';
import { readSignal } from './read-message.ts';
import { readBatch } from './rules.ts';

/** A session that was silent for so long, at most twice, is asked for: does its attempt still run? */
const ASK_AFTER = '10m';
/** What one answer to a query may hold; the server allows 2 MB. */
const MAX_QUERY_BYTES = 1_000_000;

/** The stream's only topic: each item is one batch of events. */
export const EVENTS_TOPIC = 'events';

export interface SessionState {
  info: SessionInfo & { workflowId: string; runId: string };
  /** Number of the last event in the stream. */
  last: number;
  stream?: WorkflowStreamState;
}

// Not a local one: it asks the task, which may need the very workflow slot that a local activity holds.
const { sessionAlive } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { maximumAttempts: 3 },
});

/** Live stream and record of one attempt's output. Opened by the host with its first events, closed by its last. */
export async function session(state: SessionState): Promise<SessionInfo & { events: number }> {
  const { info } = state;
  const stream = new WorkflowStream(state.stream);
  const topic = stream.topic<SessionEvent[]>(EVENTS_TOPIC);
  let { last } = state;
  let ended = false;
  let heard = 0;

  setHandler(append, (given) => {
    const batch = readSignal(readBatch, given, append.name);
    if (batch === undefined) return;
    heard += 1;
    const fresh = (batch.events as SessionEvent[]).filter((event) => event.n > last);
    if (fresh.length > 0) {
      last = fresh.at(-1)?.n ?? last;
      topic.publish(fresh);
    }
    if (batch.ended) ended = true;
  });
  setHandler(sessionEvents, ({ after }) => {
    const page: SessionEvent[] = [];
    let bytes = 0;
    for (const event of recorded(stream)) {
      if (event.n <= after) continue;
      // No character takes more than three bytes of UTF-8, once JSON has written what it must as escapes.
      bytes += JSON.stringify(event).length * 3;
      if (bytes > MAX_QUERY_BYTES && page.length > 0) return { events: page, ended: false };
      page.push(event);
    }
    return { events: page, ended };
  });
  setCurrentDetails(`Output of attempt ${info.attempt} of task ${info.taskId} on ${info.host}, by ${info.agent}.`);

  const full = () => workflowInfo().continueAsNewSuggested;
  while (!ended && !full()) {
    const before = heard;
    // One timer for many batches: a timer for each would be a third of the session's history.
    if (await condition(() => ended || full(), ASK_AFTER)) break;
    if (heard !== before) continue;
    const { workflowId, runId, attempt } = info;
    // When nobody can tell, it is asked again later.
    ended = !(await sessionAlive({ workflowId, runId, attempt }).catch(() => true)) || ended;
  }
  if (!ended) {
    stream.detachPollers();
    await condition(allHandlersFinished);
    // The last batch may have come meanwhile: then there is nothing to go on with.
    if (!ended) await continueAsNew<typeof session>({ info, last, stream: stream.getState() });
  }
  // Watchers that wait for more get what there is; the rest of it stays readable by query.
  stream.detachPollers();
  await condition(allHandlersFinished);
  return { ...info, events: last };
}

function* recorded(stream: WorkflowStream): Iterable<SessionEvent> {
  for (const item of stream.getState().log) {
    yield* defaultPayloadConverter.fromPayload<SessionEvent[]>(decodePayloadWire(item.data));
  }
}
