import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DefaultLogger, makeTelemetryFilterString, Runtime, Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

// That a change is caught is what one test is about: it reads the verdict, not the log.
Runtime.install({
  logger: new DefaultLogger('ERROR'),
  telemetryOptions: { logging: { filter: makeTelemetryFilterString({ core: 'ERROR' }) } },
});

const FOLDER = fileURLToPath(new URL('./v1', import.meta.url));
const BUNDLE = fileURLToPath(new URL('../../dist/workflow-bundle.js', import.meta.url));

/** What each recorded history guards. A recording without a sentence here fails, so that none lies about unused. */
const GUARDS: Record<string, string> = {
  'task-done': 'a task that is done',
  'task-raw': 'a task that was started raw, so that it gives itself its name',
  'task-failed-after-retry': 'a task whose agent failed twice, with the wait between',
  'task-timeout': 'a task whose agent ran into its timeout',
  'task-cancelled-while-parked': 'a task cancelled before any host had it',
  'task-cancelled-while-running': 'a task cancelled while its agent ran, with the nudge to its host',
  'task-lost-host': 'a task whose host was killed, finished by another',
  'task-invalid': 'a task that was not valid',
  'task-unknown-skill': 'a task whose skill is unknown, which a local activity says',
  'skills-continued-as-new': 'the registry of skills from its start: registered, again, replaced, removed',
  'skills-continued': 'the registry of skills that was continued as new',
  'skill-content': 'a part of the content of a skill, kept and let go of',
  session: 'a session of one batch',
  'session-continued-as-new': 'a session up to where it continues as new',
  'session-continued': 'a session that was continued as new, to its end',
  'plan-done': 'a plan of two tasks, one after the other, with what is handed over',
  'plan-stopped': 'a plan that stopped at a failure and cancelled what ran',
  'plan-retried-and-cancelled': 'a plan that goes on from an earlier one, cancelled while a task ran',
  'plan-continued-as-new': 'a plan up to where it continues as new while a task goes on',
  'plan-continued': 'a plan that was continued as new and hears of earlier tasks by an activity',
  'host-stale-and-back-1': 'a host that joins, falls silent and comes back, up to where it continues as new',
  'host-stale-and-back-2': 'a host that was continued as new, drains, resumes and leaves',
  'host-expected-and-forgotten': 'a host that was expected, never came, and was forgotten',
  'host-handed-over-1': 'a host that hands over at the deadline of its drain, up to where it continues as new',
  'host-handed-over-2': 'a draining host that was continued as new, leaves, and is given another deadline while it is away',
  'host-handed-over-3': 'a host that is away and was continued as new with a deadline to come, resumed before it',
  'fleet-continued-as-new': 'the fleet with its first hosts and routes, up to where it continues as new',
  'fleet-continued': 'the fleet that was continued as new',
  'agent-stale-and-back': 'an agent outside that takes a task, falls silent and comes back, up to where it continues as new',
  'agent-continued': 'an agent that was continued as new, takes a task and is unregistered',
  'invites-continued-as-new': 'invitations from the first on, joined by and revoked, up to where they continue as new',
  'invites-continued': 'invitations that were continued as new: guessed at, joined by, revoked',
  'schedule-trigger': 'the second of a task that a schedule was told to start',
  'board-claimed': 'a task that an agent outside claims, asks about and does',
  'board-handed-on': 'a task that is taken from a host, handed to an agent, given back and ended by hand',
  'board-limited': 'a task that has the one place of its key',
  'board-in-line': 'a task that stands in line for the place of its key',
  'board-limit': 'the count of a key, from its first task to the end of its linger',
  'board-preferred': 'a task that is offered to the host that it prefers',
  'board-alternative': 'a task that falls back to another set of tags',
  'board-tried-anew': 'a task that goes on from the record of one that failed, on one host alone',
  'board-expired': 'a task whose total time is over',
};

interface Verdict {
  name: string;
  error: Error | undefined;
}

interface History {
  events: { workflowExecutionStartedEventAttributes: { workflowId: string; originalExecutionRunId: string } }[];
}

async function replay(codePath: string): Promise<Verdict[]> {
  const histories = await Promise.all(
    (await readdir(FOLDER)).map(async (file) => {
      const history = JSON.parse(await readFile(join(FOLDER, file), 'utf8')) as History;
      const { workflowId, originalExecutionRunId: runId } =
        history.events[0]?.workflowExecutionStartedEventAttributes ?? {};
      // Under the id it had: a plan makes its tasks' ids of its own.
      return { name: file.replace(/\.json$/, ''), workflowId: workflowId ?? file, runId, history: history as unknown };
    }),
  );
  const verdicts: Verdict[] = [];
  const options = { workflowBundle: { codePath } };
  for await (const { workflowId, runId, error } of Worker.runReplayHistories(options, histories)) {
    const replayed = histories.find((each) => each.workflowId === workflowId && each.runId === runId);
    verdicts.push({ name: replayed?.name ?? workflowId, error });
  }
  return verdicts;
}

describe('the workflows of this build', () => {
  let verdicts: Verdict[];
  beforeAll(async () => {
    verdicts = await replay(BUNDLE);
  });

  it.each(Object.entries(GUARDS))('%s: take up where an earlier build left %s [T3]', (name) => {
    const verdict = verdicts.find((candidate) => candidate.name === name);
    expect(verdict).toBeDefined();
    expect(verdict?.error).toBeUndefined();
  });

  it('are tried on every recorded history [T3]', () => {
    expect(verdicts.map(({ name }) => name).sort()).toEqual(Object.keys(GUARDS).sort());
  });
});

describe('a change that earlier histories cannot follow', () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'colibri-replay-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('is caught: a timer more before a task looks for its route [T3]', async () => {
    const code = await readFile(BUNDLE, 'utf8');
    const before = 'record.describe(spec, before !== undefined);';
    expect(code.split(before)).toHaveLength(2);
    const changed = join(folder, 'changed-bundle.js');
    await writeFile(changed, code.replace(before, `${before} await new Promise((done) => setTimeout(done, 1000));`));
    const verdicts = await replay(changed);
    const caught = verdicts.filter(({ error }) => error !== undefined);
    expect(caught.map(({ name }) => name).sort()).toEqual(
      Object.keys(GUARDS)
        .filter((name) => /^(task|board)-/.test(name) && !['task-invalid', 'board-limit'].includes(name))
        .sort(),
    );
    for (const { error } of caught) expect(error?.name).toBe('DeterminismViolationError');
  });
});
