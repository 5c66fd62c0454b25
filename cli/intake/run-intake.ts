import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import type { PreparedTask } from '../../client/start-task.ts';
import { submitMany } from '../../client/submit-many.ts';
import { stopOnInterrupt } from '../interrupt.ts';
import { startProgress } from '../output/progress.ts';
import { problem } from './entry.ts';
import type { Intake } from './read-intake.ts';
import { type Result, setOutcome } from './results.ts';
import { addTagWarnings } from './tag-warnings.ts';

/** How long a warning is worth waiting for. */
const FLEET_WITHIN_MS = 3_000;

/** Adds what their skills ask for to the tasks. One whose skill there is not, or cannot be run so, is not valid. */
export async function addSkills(colibri: Colibri, intake: Intake): Promise<void> {
  const missing = new Map<string, ColibriError>();
  for (const checked of intake.tasks) {
    const skill = checked.task?.spec.skill;
    if (checked.task === null || skill === undefined) continue;
    try {
      const known = missing.get(skill);
      if (known) throw known;
      checked.task = await colibri.addSkill(checked.task);
    } catch (error) {
      if (!(error instanceof ColibriError) || error.code === 'unreachable') throw error;
      if (error.code === 'not-found') missing.set(skill, error);
      checked.task = null;
      const message = error.hint === undefined ? error.message : `${error.message}; ${error.hint}`;
      checked.problems.push(problem({ line: checked.line, column: null }, message, 'skill'));
    }
  }
}

/** Looks for misspelt tags, as far as the fleet can be asked. */
export async function warn(colibri: Colibri, intake: Intake): Promise<void> {
  if (!intake.tasks.some(({ task }) => task !== null && task.spec.requires.length > 0)) return;
  const { connection } = colibri.connected;
  const fleet = await connection
    .withDeadline(Date.now() + FLEET_WITHIN_MS, () => colibri.fleet())
    .catch((error: unknown) => {
      if (error instanceof ColibriError && error.code === 'unreachable') return null;
      throw error;
    });
  if (fleet !== null) addTagWarnings(intake.tasks, fleet.hosts);
}

/**
 * Submits what is valid. `told` is called in the order of the results, for each as soon as it and all before it are
 * known. What stopped it is returned, so that what was done before can be told first.
 */
export async function submitResults(
  colibri: Colibri,
  results: readonly Result[],
  told: (result: Result) => void,
): Promise<{ exitCode: number | null; stopped: unknown }> {
  const valid = results.flatMap((result) =>
    result.checked.task === null ? [] : [{ result, task: result.checked.task }],
  );
  const progress = startProgress(valid.length);
  let next = 0;
  let done = 0;
  const tellReady = (all: boolean) => {
    for (; next < results.length; next += 1) {
      const result = results[next] as Result;
      if (!all && result.status === 'not-submitted') return;
      told(result);
    }
  };
  const tasks: PreparedTask[] = valid.map(({ task }) => ({
    ...task,
    input: colibri.asSubmitter(task.input),
    spec: colibri.asSubmitter(task.spec),
  }));
  const { result: stopped, exitCode } = await stopOnInterrupt(async (signal) => {
    try {
      await submitMany(colibri.client, tasks, {
        signal,
        onOutcome: (index, outcome) => {
          const result = valid[index]?.result;
          if (result !== undefined) setOutcome(result, outcome);
          done += 1;
          progress.set(done);
          tellReady(false);
        },
      });
      return undefined;
    } catch (error) {
      return error;
    }
  });
  progress.end();
  tellReady(true);
  return { exitCode, stopped };
}
