import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { WorkflowStreamClient } from '@temporalio/workflow-streams/client';
import { CONTROL_QUEUE, sessionIdOf, sessionWorkflowId } from '../../schemas/names.ts';
import type { SessionEvent } from '../../schemas/session-event.ts';
import { append, sessionEvents } from '../../workflows/messages.ts';
import type { SessionState } from '../../workflows/session.ts';

/** Events as a host sends them: output, numbered from `first`. */
export function output(first: number, count = 1, text = 'x'): SessionEvent[] {
  return Array.from({ length: count }, (_, i) => ({ type: 'output', n: first + i, at: 1, stream: 'stdout', text }));
}

export interface SessionUnderTest {
  workflowId: string;
  /** Sends a batch; the first opens the session. */
  send(events: SessionEvent[], ended?: boolean): Promise<void>;
  /** All pages of what it keeps, in order, as a reader gets them. */
  read(): Promise<{ numbers: number[]; pages: number }>;
  /** The numbers of all events that a subscriber gets until the session closes, with what it then finds in the record. */
  watch(): Promise<number[]>;
}

/** A session as the live stream of a host would use it. */
export function newSession(client: Client, sessionId = sessionIdOf(randomUUID().slice(0, 8), 1)): SessionUnderTest {
  const workflowId = sessionWorkflowId(sessionId);
  const info = { sessionId, taskId: 'k7', attempt: 1, host: 'debby', agent: 'command@debby' };
  const first: SessionState = { info: { ...info, workflowId: 'task/none', runId: randomUUID() }, last: 0 };
  const read = async (from: number) => {
    const numbers: number[] = [];
    for (let pages = 0; ; pages += 1) {
      const after = numbers.at(-1) ?? from;
      const { events } = await client.workflow.getHandle(workflowId).query(sessionEvents, { after });
      if (events.length === 0) return { numbers, pages };
      numbers.push(...events.map((event) => event.n));
    }
  };
  return {
    workflowId,
    async send(events, ended = false) {
      await client.workflow.signalWithStart('session', {
        ...{ workflowId, taskQueue: CONTROL_QUEUE, args: [first], signal: append, signalArgs: [{ events, ended }] },
      });
    },
    read: () => read(0),
    async watch() {
      const seen: number[] = [];
      const stream = WorkflowStreamClient.create(client, workflowId);
      for await (const { data } of stream.subscribe<SessionEvent[]>(['events'], 0, { resultType: true })) {
        seen.push(...data.map((event) => event.n));
      }
      return [...seen, ...(await read(seen.at(-1) ?? 0)).numbers];
    },
  };
}

export function upTo(n: number): number[] {
  return Array.from({ length: n }, (_, i) => i + 1);
}
