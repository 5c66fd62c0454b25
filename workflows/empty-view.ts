import type { TaskView } from '../schemas/task-view.ts';
import { taskIdOf } from './rules.ts';

/** A task of which nothing is known but that it was submitted. */
export function emptyView(run: { workflowId: string; runId: string; startedAt: number }): TaskView {
  const id = taskIdOf(run.workflowId);
  return {
    id,
    workflowId: run.workflowId,
    runId: run.runId,
    name: id,
    state: 'queued',
    requires: [],
    prefers: [],
    ladder: [],
    route: null,
    pinnedTo: null,
    limit: null,
    limitedSince: null,
    assignedTo: null,
    runtime: 'command',
    command: [],
    shell: false,
    skill: null,
    priority: 3,
    project: null,
    submitter: null,
    timeoutMs: null,
    totalTimeoutMs: null,
    silenceMs: null,
    leaseMs: null,
    maxAttempts: 1,
    host: null,
    agent: null,
    attempt: 0,
    submittedAt: new Date(run.startedAt).toISOString(),
    claimedAt: null,
    startedAt: null,
    endedAt: null,
    retryAt: null,
    sessionId: null,
    progress: null,
    questions: [],
    handoffs: [],
    result: null,
    failure: null,
    history: [],
  };
}
