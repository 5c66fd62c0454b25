import { optionalTsToMs } from '@temporalio/common/lib/time.js';
import type { temporal } from '@temporalio/proto';
import { DEFAULT_PRIORITY } from './decode-task.ts';
import type { Backlog } from './types.ts';

/**
 * Reads a DescribeTaskQueue answer. Server 1.29 keeps `stats` and `statsByPriorityKey` for 5 s per queue
 * (`matching.TaskQueueInfoByBuildIdTTL`; Colibri's own server sets 1 ms), but counts the deprecated
 * `taskQueueStatus.backlogCountHint` anew each time. So the hint decides how many wait, the statistics how urgent they are;
 * what the statistics do not know yet counts as young and of default priority.
 */
export function readBacklog(answer: temporal.api.workflowservice.v1.IDescribeTaskQueueResponse): Backlog {
  const byPriority = new Map<number, { count: number; ageMs: number }>();
  let known = 0;
  for (const [key, stats] of Object.entries(answer.statsByPriorityKey ?? {})) {
    const count = Number(stats.approximateBacklogCount ?? 0);
    if (count <= 0) continue;
    known += count;
    const priority = Number(key) || DEFAULT_PRIORITY;
    byPriority.set(priority, { count, ageMs: optionalTsToMs(stats.approximateBacklogAge) ?? 0 });
  }
  const hint = answer.taskQueueStatus?.backlogCountHint;
  const total = Math.max(0, hint === undefined || hint === null ? known : Number(hint));
  if (total === 0) return { total, byPriority: new Map() };
  if (total > known) {
    const rest = byPriority.get(DEFAULT_PRIORITY) ?? { count: 0, ageMs: 0 };
    byPriority.set(DEFAULT_PRIORITY, { count: rest.count + total - known, ageMs: rest.ageMs });
  }
  return { total, byPriority };
}
