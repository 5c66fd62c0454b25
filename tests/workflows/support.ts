import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Client, Connection } from '@temporalio/client';
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import type { AttemptResult } from '../../schemas/attempt.ts';
import type { RunAgentInput } from '../../schemas/host-activities.ts';
import { sessionIdOf } from '../../schemas/names.ts';
import { routeQueue } from '../../schemas/route.ts';
import { isTerminal } from '../../schemas/task-state.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import { claimed, taskView } from '../../workflows/messages.ts';

/** A tag that no other test uses, and the queue of its route. */
export function ownRoute(): { tag: string; queue: string } {
  const tag = `t-${randomUUID().slice(0, 13)}`;
  return { tag, queue: routeQueue([tag]) };
}

/** How an attempt ended, as a host would report it. */
export function resultOf(input: RunAgentInput, more: Partial<AttemptResult> = {}): AttemptResult {
  const attempt = more.attempt ?? input.attemptsBefore + 1;
  return {
    outcome: 'succeeded',
    attempt,
    host: 'debby',
    agent: 'command@debby',
    sessionId: sessionIdOf(input.taskKey, attempt),
    exitCode: 0,
    signal: null,
    summary: 'exit code 0',
    tail: [],
    startedAt: 0,
    endedAt: 0,
    output: { bytes: 0, events: 0, liveCapped: false, transcriptCapped: false },
    ...more,
  };
}

/** Claims an attempt as a host does: the first heartbeat carries its number, then the signal. */
export async function claim(client: Client, input: RunAgentInput, host = 'debby'): Promise<number> {
  const context = Context.current();
  const before = (context.info.heartbeatDetails as { attempt?: number } | undefined)?.attempt ?? 0;
  const attempt = Math.max(before, input.attemptsBefore) + 1;
  const sessionId = sessionIdOf(input.taskKey, attempt);
  context.heartbeat({ attempt, host, sessionId, phase: 'claimed', at: Date.now() });
  await client.workflow
    .getHandle(input.workflowId, input.runId)
    .signal(claimed, { attempt, host, agent: `command@${host}`, sessionId, at: Date.now() });
  return attempt;
}

/** Heartbeats until the server asks to cancel, then ends as a host does that has ended its agent. */
export async function runUntilCancelled(client: Client, input: RunAgentInput, host = 'debby'): Promise<never> {
  const context = Context.current();
  const attempt = await claim(client, input, host);
  const details = { attempt, host, sessionId: sessionIdOf(input.taskKey, attempt), phase: 'running', at: Date.now() };
  const beat = setInterval(() => context.heartbeat(details), 100);
  try {
    await context.cancelled;
    throw new Error('not reached');
  } catch (error) {
    if (!(error instanceof CancelledFailure)) throw error;
    const ended = { outcome: 'cancelled' as const, attempt, host, signal: 'SIGTERM', exitCode: null };
    throw new CancelledFailure('cancelled', [resultOf(input, { ...ended, summary: 'ended by SIGTERM' })]);
  } finally {
    clearInterval(beat);
  }
}

/** Lets time pass on the test server although an activity is scheduled or running, which holds its clock. */
export async function passTime(env: TestWorkflowEnvironment, duration: Parameters<typeof env.sleep>[0]): Promise<void> {
  const { testService } = env.connection as Connection;
  await testService?.unlockTimeSkipping({});
  try {
    await env.sleep(duration);
  } finally {
    await testService?.lockTimeSkipping({});
  }
}

/** Asks until the answer satisfies; what was asked last is in the error. */
export async function until<T>(ask: () => Promise<T>, good: (answer: T) => boolean, withinMs = 20_000): Promise<T> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const answer = await ask();
    if (good(answer)) return answer;
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

export function viewOf(client: Client, workflowId: string): Promise<TaskView> {
  return client.workflow.getHandle(workflowId).query(taskView);
}

export function inState(client: Client, workflowId: string, state: TaskView['state']): Promise<TaskView> {
  return until(
    () => viewOf(client, workflowId),
    (view) => view.state === state,
  );
}

/**
 * The record of a task that has ended. Unlike awaiting its result it lets no time pass on the time-skipping server, which
 * would take hosts for lost and workflow tasks for expired while they are at work.
 */
export function ended(client: Client, workflowId: string): Promise<TaskView> {
  return until(
    () => viewOf(client, workflowId),
    (view) => isTerminal(view.state),
  );
}

/** The failure a task ended with; an error when it did not fail. */
export async function failedWith(handle: { result(): Promise<unknown> }): Promise<ApplicationFailure> {
  const error = await handle.result().then(
    (result) => new Error(`did not fail: ${JSON.stringify(result)}`),
    (thrown: Error) => thrown,
  );
  if (error.cause instanceof ApplicationFailure) return error.cause;
  throw error;
}

/** Waits for the end of a task that was cancelled, and gives its record. */
export async function cancelledView(client: Client, workflowId: string): Promise<TaskView> {
  const handle = client.workflow.getHandle(workflowId);
  const error = await handle.result().then(
    (result) => new Error(`not cancelled: ${JSON.stringify(result)}`),
    (thrown: Error) => thrown,
  );
  if (!(error.cause instanceof CancelledFailure)) throw error;
  return viewOf(client, workflowId);
}
