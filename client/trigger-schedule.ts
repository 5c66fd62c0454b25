import { randomUUID } from 'node:crypto';
import { type Client, type ScheduleOverlapPolicy, WorkflowNotFoundError } from '@temporalio/client';
import { encodeScheduleOverlapPolicy } from '@temporalio/client/lib/schedule-types.js';
import { msToTs } from '@temporalio/common/lib/time.js';
import { scheduledId, taskIdOf, taskWorkflowId, triggerWorkflowId } from '../schemas/names.ts';
import type { Overlap } from '../schemas/schedule.ts';
import { ColibriError } from './errors.ts';
import { POLICIES } from './schedule-actions.ts';
import { takeToken } from './schedule-token.ts';
import { inTurn } from './schedule-turn.ts';

/** How long it is looked whether the server has started the task: a busy one does so later, which is no failure. */
const LOOK_FOR_MS = 10_000;
const LOOK_EVERY_MS = 100;
/** A task that was skipped for another may have been another's: ours would be there after so long. */
const SKIPPED_AFTER_MS = 1_000;
/** What comes meanwhile waits until the task that runs has ended. */
const WAITING: ReadonlySet<ScheduleOverlapPolicy> = new Set(['BUFFER_ONE', 'BUFFER_ALL']);
/** Seconds that are tried, from now backwards. */
const SECONDS_TRIED = 120;

export interface Triggered {
  taskId: string;
  /** False: it is noted, and starts once the one that runs has ended, or a busy server has come to it. */
  started: boolean;
}

/**
 * Starts a task of a schedule now, paused or not, and gives the task's id. What becomes of one that runs is up to `overlap`,
 * by default the schedule's own. Refused when it is skipped for one that runs.
 */
export function triggerSchedule(client: Client, name: string, overlap?: Overlap): Promise<Triggered> {
  return inTurn(client, name, () => trigger(client, name, overlap));
}

async function trigger(client: Client, name: string, overlap?: Overlap): Promise<Triggered> {
  const handle = client.schedule.getHandle(name);
  const before = await handle.describe();
  const policy = overlap === undefined ? before.policies.overlap : POLICIES[overlap];
  const due = new Set(before.info.nextActionTimes.map((time) => time.getTime()));
  // One that was not made by Colibri may name its tasks otherwise.
  const base = before.action.type === 'startWorkflow' ? before.action.workflowId : undefined;
  const idAt = (at: number) => scheduledId(base ?? taskWorkflowId(name), at);
  const at = await takeSecond(client, name, async (second) => due.has(second) || isThere(client, idAt(second)));
  const taskId = taskIdOf(idAt(at));
  // The SDK's own `trigger` cannot say for which time.
  await client.workflowService.patchSchedule({
    namespace: client.options.namespace,
    scheduleId: name,
    patch: {
      triggerImmediately: { overlapPolicy: encodeScheduleOverlapPolicy(policy) ?? null, scheduledTime: msToTs(at) },
    },
    identity: client.options.identity,
    requestId: randomUUID(),
  });
  const asked = Date.now();
  for (let skippedAt: number | undefined; Date.now() < asked + LOOK_FOR_MS; ) {
    if (await isThere(client, idAt(at))) return { taskId, started: true };
    const { info, raw } = await handle.describe();
    if (info.numActionsSkippedOverlap > before.info.numActionsSkippedOverlap) skippedAt ??= Date.now();
    else if (WAITING.has(policy) && Number(raw.info?.bufferSize ?? 0) > 0) return { taskId, started: false };
    if (skippedAt !== undefined && policy !== 'CANCEL_OTHER' && Date.now() > skippedAt + SKIPPED_AFTER_MS) {
      throw new ColibriError(
        'refused',
        `a task of the schedule "${name}" still runs, so none was started`,
        'see --overlap',
      );
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
  return { taskId, started: false };
}

/**
 * The server names the tasks of a schedule by the second for which they are started, and would run two of one second under
 * one id, or drop one. So each trigger takes a second of its own: this one, or the nearest before it that no other trigger,
 * no task and no time to come has.
 */
async function takeSecond(
  client: Client,
  name: string,
  isTaken: (second: number) => Promise<boolean>,
): Promise<number> {
  const now = Math.floor(Date.now() / 1_000) * 1_000;
  for (let at = now; at > now - SECONDS_TRIED * 1_000; at -= 1_000) {
    if (await isTaken(at)) continue;
    const token = await takeToken(client, {
      workflowId: triggerWorkflowId(name, at),
      summary: `the schedule ${name}, started by hand`,
      lasts: '1 hour',
      once: true,
    });
    if (token !== null) return at;
  }
  throw new ColibriError(
    'refused',
    `the schedule "${name}" has started a task for each of the last ${SECONDS_TRIED} seconds`,
    'try again a little later',
  );
}

async function isThere(client: Client, workflowId: string): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).describe();
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
