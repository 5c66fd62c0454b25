import {
  allHandlersFinished,
  condition,
  defaultPayloadConverter,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { decodePayloadWire, WorkflowStream, type WorkflowStreamState } from '@temporalio/workflow-streams/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { SessionEvent, SessionInfo } from '../schemas/session-event.ts';
import { append, sessionEvents } from './messages.ts';

/** How long a session may be silent before we ask whether its attempt still runs. */
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

const { sessionAlive } = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '10s' });

/** Live stream and record of one attempt's output. Opened by the host with its first events, closed by its last. */
export async function session(state: SessionState): Promise<SessionInfo & { events: number }> {
  const { info } = state;
  const stream = new WorkflowStream(state.stream);
  const topic = stream.topic<SessionEvent[]>(EVENTS_TOPIC);
  let { last } = state;
  let ended = false;
  let heard = 0;

  setHandler(append, (batch) => {
    heard += 1;
    const fresh = batch.events.filter((event) => event.n > last);
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
      bytes += 100 + ('text' in event ? event.text.length * 2 : 0);
      if (bytes > MAX_QUERY_BYTES && page.length > 0) return { events: page, ended: false };
      page.push(event);
    }
    return { events: page, ended };
  });
  setCurrentDetails(`Output of attempt ${info.attempt} of task ${info.taskId} on ${info.host}, by ${info.agent}.`);

  while (!ended) {
    const before = heard;
    const moved = await condition(() => ended || heard !== before || workflowInfo().continueAsNewSuggested, ASK_AFTER);
    if (ended) break;
    if (workflowInfo().continueAsNewSuggested) {
      await stream.continueAsNew<typeof session>((snapshot) => [{ info, last, stream: snapshot }]);
    }
    if (!moved && !(await sessionAlive({ workflowId: info.workflowId, runId: info.runId, attempt: info.attempt }))) {
      ended = true;
    }
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
