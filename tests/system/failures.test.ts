import { afterAll, beforeAll, expect, it } from 'vitest';
import { answer, retry, transition } from '../../client/task-actions.ts';
import { FAILURE_CODES, type FailureCode } from '../../schemas/failures.ts';
import type { TaskSpecInput } from '../../schemas/task.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
  await fleet.startHost('debby', { tags: ['linux'], slots: 4 });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

/** Submits a shell script; it knows its attempt as $COLIBRI_ATTEMPT. */
async function script(text: string, spec: Partial<TaskSpecInput> = {}): Promise<string> {
  const { id } = await fleet.colibri.submit({ command: [text], shell: true, requires: ['linux'], ...spec });
  return id;
}

const report = (said: object) => `printf '%s' '${JSON.stringify(said)}' > "$COLIBRI_REPORT"`;

function shows(id: string, what: string, good: (view: TaskView) => boolean): Promise<TaskView> {
  return until(what, async () => {
    const view = await fleet.colibri.show(id);
    return good(view) ? view : undefined;
  });
}

/** How each kind of failure is reached for real. What cannot end a task so is reached on the way. */
const REACHED: Record<FailureCode, () => Promise<void>> = {
  'agent-error': async () => {
    const view = await fleet.ended(await script('exit 7', { maxAttempts: 2, retryDelay: 10 }));
    expect(view).toMatchObject({
      state: 'failed',
      attempt: 2,
      failure: { code: 'agent-error' },
      result: { exitCode: 7 },
    });
  },
  timeout: async () => {
    const view = await fleet.ended(await script('sleep 60', { timeout: '500ms', grace: '1s' }));
    expect(view).toMatchObject({ state: 'failed', failure: { code: 'timeout' } });
  },
  silent: async () => {
    // It says something four times, with pauses that are allowed, and then nothing any more.
    const id = await script('for i in 1 2 3 4; do echo $i; sleep 0.5; done; sleep 60', { silence: '2s', grace: '1s' });
    const view = await fleet.ended(id);
    expect(view).toMatchObject({
      state: 'failed',
      failure: { code: 'silent' },
      result: { tail: ['1', '2', '3', '4'] },
    });
    expect(view.failure?.message).toBe('ended because it said nothing for 2s');
  },
  'host-lost': async () => {
    await fleet.startHost('doomed', { tags: ['linux', 'doomed'], slots: 1 });
    const id = await fleet.submit(['work', 60_000], { requires: ['doomed'] });
    await fleet.started(id);
    await fleet.kill('doomed');
    // A host of the same tags, whose name is another's.
    await fleet.startHost('heir', { tags: ['linux', 'doomed'], slots: 1 });
    await fleet.started(id, 2);
    const view = await fleet.colibri.show(id);
    expect(view.history.map(({ reason }) => reason)).toContainEqual(expect.stringContaining('doomed lost the task'));
    await fleet.colibri.cancel(id);
    await fleet.ended(id);
  },
  'rate-limited': async () => {
    const soon = `$(date -u -d "+3 seconds" +%Y-%m-%dT%H:%M:%SZ)`;
    const said = `printf '{"outcome":"rate-limited","until":"%s"}' "${soon}" > "$COLIBRI_REPORT"`;
    const id = await script(`[ "$COLIBRI_ATTEMPT" != 1 ] || { ${said}; exit 1; }`);
    const resting = await shows(id, 'it rests', ({ retryAt }) => retryAt !== null);
    expect(resting).toMatchObject({ state: 'queued', attempt: 1 });
    const view = await fleet.ended(id);
    // One attempt is all it had, and the one that met the limit did not count.
    expect(view).toMatchObject({ state: 'done', attempt: 2, maxAttempts: 1 });
    expect(Date.parse(String(view.startedAt))).toBeGreaterThanOrEqual(Date.parse(String(resting.retryAt)));
  },
  'needs-input': async () => {
    const asks = report({ outcome: 'needs-input', question: 'red or blue?' });
    const id = await script(`[ -n "$COLIBRI_ANSWER" ] && echo "took $COLIBRI_ANSWER" || { ${asks}; }`);
    const blocked = await shows(id, 'it asks', ({ state }) => state === 'blocked');
    expect(blocked.questions).toMatchObject([{ question: 'red or blue?', answer: null }]);
    // Nothing runs meanwhile.
    await until(
      'the slot is free',
      async () =>
        (await fleet.colibri.hosts.list()).find(({ name }) => name === 'debby')?.slots.used === 0 || undefined,
    );
    await answer(fleet.colibri.client, id, 'blue', { by: 'mk' });
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 2, result: { tail: ['took blue'] } });
  },
  'budget-exceeded': async () => {
    const spent = report({ outcome: 'budget-exceeded', summary: '2.00 of 2.00 dollars spent' });
    const id = await script(`[ -n "$COLIBRI_ANSWER" ] || { ${spent}; exit 1; }`);
    const blocked = await shows(id, 'it is blocked', ({ state }) => state === 'blocked');
    expect(blocked.history.at(-1)?.reason).toContain('2.00 of 2.00 dollars spent');
    await answer(fleet.colibri.client, id, 'go on', { by: 'mk' });
    expect(await fleet.ended(id)).toMatchObject({ state: 'done', attempt: 2 });
  },
  invalid: async () => {
    const { client } = fleet.colibri;
    const start = { workflowId: 'bad', taskQueue: 'colibri', args: [{ command: [] }] };
    await client.workflow.start('task', start);
    expect(await fleet.ended('bad')).toMatchObject({ state: 'failed', failure: { code: 'invalid' } });
  },
  cancelled: async () => {
    const id = await fleet.submit(['work', 60_000]);
    await fleet.started(id);
    await fleet.colibri.cancel(id, { reason: 'enough', by: 'mk' });
    expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled', failure: { message: 'enough (by mk)' } });
  },
  poisoned: async () => {
    // The agent's parent is the worker.
    const id = await script('kill -9 $PPID; sleep 60', { requires: ['linux', 'fragile'] });
    for (let death = 1; death <= 3; death += 1) {
      const host = await fleet.startHost('fragile', { tags: ['linux', 'fragile'], slots: 1 });
      await host.exited;
    }
    await fleet.startHost('fragile', { tags: ['linux', 'fragile'], slots: 1 });
    const view = await fleet.ended(id);
    expect(view).toMatchObject({ state: 'failed', attempt: 3, failure: { code: 'poisoned' } });
    expect(view.failure?.message).toBe('the workers of attempts 1, 2, 3 died while they ran it');
    // Set aside, not lost: it can be tried anew, and goes on counting from there.
    await retry(fleet.colibri.client, view, {}, { by: 'mk' });
    await fleet.hostNamed('fragile').exited;
    expect(await shows(id, 'it was tried', ({ attempt }) => attempt === 4)).toMatchObject({ failure: null });
    await fleet.colibri.cancel(id);
    await fleet.startHost('fragile', { tags: ['linux', 'fragile'], slots: 1 });
    expect(await fleet.ended(id)).toMatchObject({ state: 'cancelled' });
  },
};

it.each(FAILURE_CODES)(
  'a task meets %s, for real, and what follows is as the table says [B4]',
  async (code) => {
    await REACHED[code]();
  },
  180_000,
);

it('a task that is taken from its host by hand leaves no agent behind [B1]', async () => {
  const id = await fleet.submit(['work', 60_000]);
  await fleet.started(id);
  await transition(fleet.colibri.client, id, { to: 'done', reason: 'good enough' }, { by: 'mk' });
  expect(await fleet.ended(id)).toMatchObject({
    state: 'done',
    history: expect.arrayContaining([expect.objectContaining({ by: 'mk' })]),
  });
});

it('keeps what an agent gives as its result, and says what is wrong with a report [B5]', async () => {
  const good = await fleet.ended(await script(report({ result: { files: 3 }, summary: 'three files written' })));
  expect(good.result).toMatchObject({ outcome: 'succeeded', summary: 'three files written', data: { files: 3 } });
  const bad = await fleet.ended(await script(report({ outcome: 'finished' })));
  expect(bad).toMatchObject({ state: 'done' });
  expect(bad.result?.summary).toContain('its report is not valid: outcome');
});
