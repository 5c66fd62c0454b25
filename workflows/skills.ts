import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  condition,
  continueAsNew,
  log,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { RegisteredSkill } from '../schemas/skill.ts';
import { registerSkill, removeSkill, skillsView } from './messages.ts';
import { refuseUnreadable } from './read-message.ts';
import { readRegisterSkill, readRemoveSkill, skillKey } from './rules.ts';
import { MAX_SKILLS_BYTES, NO_SUCH_SKILL, TOO_MANY_SKILLS } from './skill-limits.ts';

/** Between two looks for content that nobody needs; replaced content is kept for as long in any case. */
const SWEEP_EVERY_MS = 24 * 3_600_000;
/** What one run hands to the next. Times in epoch milliseconds. */
export interface SkillsState {
  skills: RegisteredSkill[];
  /** Contents that are registered no more, by `name@digest`, and since when. */
  retired: { key: string; at: number }[];
  sweepAt: number;
}

const { inspectSkill } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '1m',
  retry: { initialInterval: '500ms', maximumAttempts: 5 },
});
const { formerSkills } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '500ms', maximumAttempts: 5 },
});
const { sweepSkills } = proxyActivities<ControlActivities>({
  startToCloseTimeout: '10m',
  heartbeatTimeout: '1m',
  retry: { maximumAttempts: 3 },
});

/**
 * The registered skills, one registry for the installation, for ever. It takes content only once that was read and found
 * sound. A skill that is replaced or removed keeps its content while open tasks need it.
 */
export async function skills(carried?: SkillsState): Promise<never> {
  const known = new Map<string, RegisteredSkill>((carried?.skills ?? []).map((skill) => [skill.name, skill]));
  let retired = carried?.retired ?? [];
  let sweepAt = carried?.sweepAt ?? Date.now() + SWEEP_EVERY_MS;
  let last: Promise<unknown> = Promise.resolve();
  /** One change at a time, in the order in which they came: none looks at content that another is removing. */
  const inTurn = <T>(act: () => Promise<T>): Promise<T> => {
    const mine = last.then(act, act);
    last = mine.catch(() => undefined);
    return mine;
  };
  const show = () => {
    const lines = [...known.values()].map((s) => `- **${s.name}** ${s.digest.slice(0, 12)} by ${s.registeredBy}`);
    setCurrentDetails(`${lines.join('\n')}\n\n${known.size} skills`);
  };
  const retire = (skill: RegisteredSkill) => {
    retired = [...retired, { key: skillKey(skill), at: Date.now() }];
  };

  /** A registry that was ended by hand leaves what it knew in its history. */
  async function learn(): Promise<void> {
    const { runId, firstExecutionRunId } = workflowInfo();
    const found = await formerSkills({ runIds: [runId, firstExecutionRunId] });
    for (const skill of found.skills) known.set(skill.name, skill);
    show();
  }

  // Before the handlers: a change that came with the start waits for it.
  if (carried === undefined) {
    inTurn(learn).catch((error: unknown) => log.warn('what a former registry knew cannot be read', { error }));
  }
  setHandler(skillsView, () => ({ skills: [...known.values()] }));
  setHandler(
    registerSkill,
    (given) =>
      inTurn(async () => {
        const { name, digest, by } = readRegisterSkill(given);
        const before = known.get(name);
        const contents = await inspectSkill({ name, digest }).catch(refused);
        if (before?.digest === digest) return { skill: before, changed: false, replaced: null };
        const skill = { ...contents, registeredBy: by, registeredAt: new Date(Date.now()).toISOString() };
        if (bytesOf([...known.values()].filter((other) => other !== before)) + bytesOf([skill]) > MAX_SKILLS_BYTES) {
          throw refusal(TOO_MANY_SKILLS, `${known.size} skills are registered and there is no room for another`);
        }
        if (before) retire(before);
        known.set(name, skill);
        show();
        return { skill, changed: true, replaced: before?.digest ?? null };
      }),
    { validator: (given) => refuseUnreadable(readRegisterSkill, given) },
  );
  setHandler(
    removeSkill,
    ({ name }) =>
      inTurn(async () => {
        const skill = known.get(name);
        if (!skill) throw refusal(NO_SUCH_SKILL, `there is no registered skill "${name}"`);
        retire(skill);
        known.delete(name);
        show();
        return skill;
      }),
    { validator: (given) => refuseUnreadable(readRemoveSkill, given) },
  );

  async function sweep(): Promise<void> {
    const since = Date.now() - SWEEP_EVERY_MS;
    const kept = retired.filter(({ at }) => at > since);
    const keep = [...[...known.values()].map(skillKey), ...kept.map(({ key }) => key)];
    await sweepSkills({ keep, before: since });
    retired = retired.filter(({ at }) => at > since);
  }

  show();
  const full = () => workflowInfo().continueAsNewSuggested;
  while (!full()) {
    if (await condition(full, Math.max(1, sweepAt - Date.now()))) break;
    await inTurn(sweep).catch((error: unknown) => log.warn('could not look for content that nobody needs', { error }));
    sweepAt = Date.now() + SWEEP_EVERY_MS;
  }
  await condition(allHandlersFinished);
  await last;
  return continueAsNew<typeof skills>({ skills: [...known.values()], retired, sweepAt });
}

function bytesOf(entries: readonly RegisteredSkill[]): number {
  return new TextEncoder().encode(JSON.stringify(entries)).length;
}

function refusal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}

/** An update fails with an ApplicationFailure; any other error would fail the workflow's task, again and again. */
function refused(error: unknown): never {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof ApplicationFailure && cause.type === 'invalid') throw refusal('invalid', cause.message);
  throw refusal('unreadable', `the content cannot be read now: ${(cause as Error).message}`);
}
