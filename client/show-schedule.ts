import {
  type Client,
  type ScheduleDescription,
  type ScheduleExecutionResult,
  type ScheduleSpecDescription,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { formatDuration } from '../schemas/duration.ts';
import { taskIdOf } from '../schemas/names.ts';
import type { Overlap } from '../schemas/schedule.ts';
import type { ScheduledRun, ScheduleLine, ScheduleView } from '../schemas/schedule-view.ts';
import type { TaskState } from '../schemas/task-state.ts';
import { recordedState } from './recorded-state.ts';

const NEXT_TIMES = 5;

/** A schedule as it stands. Throws the SDK's ScheduleNotFoundError. */
export async function viewOf(client: Client, name: string): Promise<ScheduleView> {
  const given = await client.schedule.getHandle(name).describe();
  const { spec, state, info, policies } = given;
  return {
    name,
    when: whenOf(spec),
    paused: state.paused,
    note: state.note || null,
    task: typeof given.memo?.task === 'string' ? given.memo.task : workflowTypeOf(given),
    timeZone: spec.timezone || 'UTC',
    jitterMs: Number(spec.jitter ?? 0),
    startAt: spec.startAt?.toISOString() ?? null,
    endAt: spec.endAt?.toISOString() ?? null,
    overlap: (policies.overlap ?? 'SKIP').toLowerCase().replaceAll('_', '-') as Overlap,
    catchUpMs: policies.catchupWindow,
    pauseOnFailure: policies.pauseOnFailure,
    remaining: state.remainingActions ?? null,
    createdAt: info.createdAt.toISOString(),
    spec: given.action.type === 'startWorkflow' ? (given.action.args?.[0] ?? null) : null,
    next: info.nextActionTimes.slice(0, NEXT_TIMES).map((at) => at.toISOString()),
    runs: await Promise.all(info.recentActions.toReversed().map((run) => runOf(client, run))),
    counts: {
      started: info.numActionsTaken,
      skipped: info.numActionsSkippedOverlap,
      missed: info.numActionsMissedCatchupWindow,
    },
  };
}

/** All schedules that start tasks, by name. */
export async function listSchedules(client: Client): Promise<ScheduleLine[]> {
  const lines: Promise<ScheduleLine>[] = [];
  for await (const summary of client.schedule.list()) {
    if (summary.action !== undefined && summary.action.workflowType !== 'task') continue;
    const last = summary.info.recentActions.at(-1);
    const line = async (): Promise<ScheduleLine> => ({
      name: summary.scheduleId,
      when: summary.spec === undefined ? [] : whenOf(summary.spec),
      paused: summary.state.paused,
      note: summary.state.note || null,
      task: typeof summary.memo?.task === 'string' ? summary.memo.task : 'task',
      nextAt: summary.state.paused ? null : (summary.info.nextActionTimes[0]?.toISOString() ?? null),
      last: last === undefined ? null : await runOf(client, last),
    });
    lines.push(line());
  }
  return (await Promise.all(lines)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

export async function scheduleNames(client: Client): Promise<string[]> {
  const names: string[] = [];
  for await (const { scheduleId } of client.schedule.list()) names.push(scheduleId);
  return names;
}

/** Cron expressions as they were given, which the server keeps as comments, and intervals. */
function whenOf(spec: ScheduleSpecDescription): string[] {
  const calendars = (spec.calendars ?? []).map(({ comment }) => comment || 'a calendar (see the Web UI)');
  const intervals = (spec.intervals ?? []).map(({ every, offset }) => {
    const shifted = Number(offset ?? 0) > 0 ? ` + ${formatDuration(Number(offset))}` : '';
    return `every ${formatDuration(Number(every))}${shifted}`;
  });
  return [...calendars, ...intervals];
}

function workflowTypeOf({ action }: ScheduleDescription): string {
  return action.type === 'startWorkflow' ? action.workflowType : 'task';
}

async function runOf(client: Client, { action, scheduledAt, takenAt }: ScheduleExecutionResult): Promise<ScheduledRun> {
  const { workflowId, firstExecutionRunId } = action.workflow;
  return {
    taskId: taskIdOf(workflowId),
    scheduledAt: scheduledAt.toISOString(),
    startedAt: takenAt.toISOString(),
    state: await stateOf(client, workflowId, firstExecutionRunId),
  };
}

async function stateOf(client: Client, workflowId: string, runId: string): Promise<TaskState | null> {
  try {
    return recordedState(await client.workflow.getHandle(workflowId, runId).describe());
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}
