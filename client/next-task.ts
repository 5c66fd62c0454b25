import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '@temporalio/client';
import { taskIdOf } from '../schemas/names.ts';
import { ColibriPriority } from '../schemas/search-attributes.ts';
import { mayServe } from '../schemas/serving.ts';
import type { ClaimGrant, ClaimRequest } from '../schemas/task-requests.ts';
import { ColibriError } from './errors.ts';
import { quoted } from './list-query.ts';
import { readFleet } from './read-fleet.ts';
import { claimFor } from './task-actions.ts';

/** Looked for so often while there is none. */
const LOOK_EVERY_MS = 1_000;
/** Tasks of one look: the oldest of them come first, more are looked at when all of these are gone. */
const LOOK_AT = 1_000;
/** Routes named in one query. */
const ROUTES_AT_ONCE = 50;
const DEFAULT_PRIORITY = 3;

const WAITING = "WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriState IN ('queued', 'parked')";

interface Candidate {
  id: string;
  priority: number;
  submittedAt: number;
}

/**
 * Takes the next task for an agent outside: one that was handed to it, else the first by priority, then age, of those that
 * it can do. Waits up to `waitMs` for one. Null when there is none.
 */
export async function nextTask(
  client: Client,
  claimant: ClaimRequest,
  { waitMs = 0, signal }: { waitMs?: number; signal?: AbortSignal } = {},
): Promise<ClaimGrant | null> {
  const until = Date.now() + waitMs;
  for (;;) {
    for (const { id } of await candidates(client, claimant)) {
      const grant = await claimFor(client, id, claimant).catch(ifTaken);
      if (grant !== null) return grant;
    }
    const left = until - Date.now();
    if (left <= 0 || signal?.aborted) return null;
    await sleep(Math.min(left, LOOK_EVERY_MS), undefined, signal && { signal }).catch(() => undefined);
  }
}

/** Another was faster, it ended, or it is not for this one after all: the list is a moment old. */
function ifTaken(error: unknown): null {
  if (error instanceof ColibriError && (error.code === 'refused' || error.code === 'not-found')) return null;
  throw error;
}

async function candidates(client: Client, { agent, host, capabilities }: ClaimRequest): Promise<Candidate[]> {
  const { routes } = await readFleet(client);
  const offering = { name: host ?? agent, capabilities };
  const queues = routes.filter((route) => mayServe(route, offering)).map(({ queue }) => queue);
  const found = [await list(client, `${WAITING} AND ColibriAgent = ${quoted(agent)}`)];
  const others: Candidate[] = [];
  for (let at = 0; at < queues.length; at += ROUTES_AT_ONCE) {
    const names = queues.slice(at, at + ROUTES_AT_ONCE).map(quoted);
    others.push(...(await list(client, `${WAITING} AND ColibriRoute IN (${names.join(', ')})`)));
  }
  found.push(others.sort((a, b) => a.priority - b.priority || a.submittedAt - b.submittedAt));
  return [...new Map(found.flat().map((candidate) => [candidate.id, candidate])).values()];
}

async function list(client: Client, query: string): Promise<Candidate[]> {
  const found: Candidate[] = [];
  for await (const task of client.workflow.list({ query, pageSize: LOOK_AT })) {
    found.push({
      id: taskIdOf(task.workflowId),
      priority: Number(task.typedSearchAttributes.get(ColibriPriority) ?? DEFAULT_PRIORITY),
      submittedAt: task.startTime.getTime(),
    });
    if (found.length >= LOOK_AT) break;
  }
  return found;
}
