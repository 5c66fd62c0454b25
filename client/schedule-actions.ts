import {
  type Client,
  ScheduleAlreadyRunning,
  type ScheduleHandle,
  type ScheduleOverlapPolicy,
} from '@temporalio/client';
import { CONTROL_QUEUE, taskWorkflowId } from '../schemas/names.ts';
import { type Overlap, ScheduleSpec, type ScheduleSpecInput } from '../schemas/schedule.ts';
import type { ScheduleView } from '../schemas/schedule-view.ts';
import { checkInput } from './check-input.ts';
import { ColibriError } from './errors.ts';
import { existing } from './existing-schedule.ts';
import { inTurn } from './schedule-turn.ts';
import { viewOf } from './show-schedule.ts';
import type { SkillDirectory } from './skill-directory.ts';
import { prepareTask, shownAs } from './start-task.ts';
import { withSkill } from './with-skill.ts';

export const POLICIES: Readonly<Record<Overlap, ScheduleOverlapPolicy>> = {
  skip: 'SKIP',
  'buffer-one': 'BUFFER_ONE',
  'buffer-all': 'BUFFER_ALL',
  'cancel-other': 'CANCEL_OTHER',
  'terminate-other': 'TERMINATE_OTHER',
  'allow-all': 'ALLOW_ALL',
};

/** Creates a schedule. Throws `invalid` naming the field, also what the server alone can tell; `refused` when there is one. */
export async function createSchedule(
  client: Client,
  input: ScheduleSpecInput,
  skills: SkillDirectory,
): Promise<ScheduleView> {
  const spec = checkInput(ScheduleSpec, input, 'the schedule is not valid');
  const { name } = spec;
  const shown = shownAs(await withSkill(prepareTask(input.task), skills));
  try {
    await client.schedule.create({
      scheduleId: name,
      spec: {
        // The server keeps an expression only as what it means; what stands behind # it keeps as it is.
        cronExpressions: spec.cron.map((cron) =>
          cron.includes('#') || cron.startsWith('@every') ? cron : `${cron} # ${cron}`,
        ),
        ...(spec.every === undefined ? {} : { intervals: [{ every: spec.every, offset: spec.offset ?? 0 }] }),
        ...(spec.timeZone === undefined ? {} : { timezone: spec.timeZone }),
        ...(spec.jitter === undefined ? {} : { jitter: spec.jitter }),
        ...(spec.startAt === undefined ? {} : { startAt: new Date(spec.startAt) }),
        ...(spec.endAt === undefined ? {} : { endAt: new Date(spec.endAt) }),
      },
      action: {
        type: 'startWorkflow',
        workflowType: 'task',
        // The server adds the time to it.
        workflowId: taskWorkflowId(name),
        taskQueue: CONTROL_QUEUE,
        args: [input.task],
        staticSummary: shown.staticSummary,
        memo: shown.memo,
        typedSearchAttributes: shown.typedSearchAttributes,
      },
      policies: {
        overlap: POLICIES[spec.overlap],
        catchupWindow: spec.catchUp,
        pauseOnFailure: spec.pauseOnFailure,
      },
      memo: { task: shown.staticSummary },
      state: {
        paused: spec.paused,
        ...(spec.note === undefined ? {} : { note: spec.note }),
        ...(spec.remaining === undefined ? {} : { remainingActions: spec.remaining }),
      },
    });
  } catch (error) {
    if (error instanceof ScheduleAlreadyRunning) {
      throw new ColibriError(
        'refused',
        `there is a schedule "${name}" already`,
        `delete it first: colibri schedule delete ${name}`,
      );
    }
    // So the SDK tells what the server finds wrong with the times.
    if (error instanceof TypeError) throw refusedByServer(error.message, spec);
    throw error;
  }
  return viewOf(client, name);
}

/** Starts nothing more until it is resumed. */
export function pauseSchedule(client: Client, name: string, note?: string): Promise<ScheduleView> {
  return change(client, name, (handle) => handle.pause(note ?? 'paused'));
}

export function resumeSchedule(client: Client, name: string, note?: string): Promise<ScheduleView> {
  return change(client, name, (handle) => handle.unpause(note ?? 'resumed'));
}

/** How it stands after is asked within its turn: the answer comes when the server has done what it was told. */
function change(client: Client, name: string, work: (handle: ScheduleHandle) => Promise<void>): Promise<ScheduleView> {
  return inTurn(client, name, async () => {
    await work(client.schedule.getHandle(name));
    return viewOf(client, name);
  });
}

/** Deletes a schedule; tasks that it has started go on. */
export async function deleteSchedule(client: Client, name: string): Promise<void> {
  await existing(client, name, () => client.schedule.getHandle(name).delete());
}

/** A schedule as it stands this moment. */
export function showSchedule(client: Client, name: string): Promise<ScheduleView> {
  return existing(client, name, () => viewOf(client, name));
}

/** Cron expressions and time zones are the server's to read: its words, with the field they are about. */
function refusedByServer(said: string, { timeZone, cron }: ScheduleSpec): ColibriError {
  const field = /time ?zone/i.test(said) && timeZone !== undefined ? 'timeZone' : cron.length > 0 ? 'cron' : 'every';
  return new ColibriError('invalid', `the schedule is not valid: ${field}: ${said}`);
}
