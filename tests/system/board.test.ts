import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import type { TaskSpecInput } from '../../schemas/task.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

let fleet: Fleet;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '6s' });
}, 120_000);

afterAll(async () => {
  await fleet?.close();
}, 60_000);

let count = 0;
/** An agent of its own, and the installation as it sees it. */
async function agent(capabilities: string[], timeout = '10m'): Promise<{ name: string; sees: Colibri }> {
  count += 1;
  const name = `agent-${count}`;
  const { token } = await fleet.colibri.agents.register({ name, capabilities, timeout });
  return { name, sees: await fleet.colibri.as({ agent: name, token: String(token) }) };
}

/** A task that no host can do. */
async function task(tag: string, spec: Partial<TaskSpecInput> = {}): Promise<string> {
  const { id } = await fleet.colibri.submit({ command: ['true'], requires: [tag], ...spec });
  await until('it is parked', async () => (await fleet.colibri.show(id)).state === 'parked' || undefined);
  return id;
}

async function refusal(asked: Promise<unknown>): Promise<ColibriError> {
  const error = await asked.then(
    (answer) => new Error(`not refused: ${JSON.stringify(answer)}`),
    (thrown: Error) => thrown,
  );
  if (!(error instanceof ColibriError)) throw error;
  return error;
}

it('gives a task to exactly one of 32 agents; the others get exit code 4 and who has it since when [B2]', async () => {
  const agents = await Promise.all(Array.from({ length: 32 }, () => agent(['race'])));
  const id = await task('race');
  const outcomes = await Promise.allSettled(agents.map(({ name, sees }) => sees.board.claim(id, name)));
  const winners = agents.filter((_, at) => outcomes[at]?.status === 'fulfilled');
  expect(winners).toHaveLength(1);
  const view = await fleet.colibri.show(id);
  expect(view).toMatchObject({ state: 'claimed', agent: winners[0]?.name });
  for (const outcome of outcomes) {
    if (outcome.status === 'fulfilled') continue;
    expect(outcome.reason).toMatchObject({ code: 'refused', exitCode: 4 });
    expect(outcome.reason.message).toBe(`already claimed by ${view.agent} since ${view.claimedAt}`);
  }
  await winners[0]?.sees.board.transition(id, { to: 'done', reason: 'first' }, 'x');
  expect(await fleet.ended(id)).toMatchObject({ state: 'done', agent: winners[0]?.name, host: null });
}, 120_000);

it('hands out next tasks by priority, then age, each to one agent [B2]', async () => {
  const ids: string[] = [];
  for (const priority of [3, 1, 3, 5]) ids.push(await task('queue-up', { priority }));
  const [late, first, early, last] = [ids[2], ids[1], ids[0], ids[3]];
  const agents = await Promise.all(Array.from({ length: 4 }, () => agent(['queue-up'])));
  const took: (string | undefined)[] = [];
  for (const { name, sees } of agents) took.push((await sees.board.next(name))?.taskId);
  expect(took).toEqual([first, early, late, last]);
  const idle = await agent(['queue-up']);
  expect(await idle.sees.board.next(idle.name)).toBeNull();
  // One that waits gets what comes.
  const waiting = idle.sees.board.next(idle.name, { waitMs: 30_000 });
  const fresh = await task('queue-up');
  expect((await waiting)?.taskId).toBe(fresh);
  for (const id of [...ids, fresh]) await fleet.colibri.cancel(id);
  for (const id of [...ids, fresh]) await fleet.ended(id);
}, 120_000);

it('gives what a silent agent held to the next, and refuses what the first says then [P2]', async () => {
  const silent = await agent(['fade'], '2s');
  const heir = await agent(['fade']);
  const id = await task('fade');
  await silent.sees.board.claim(id, silent.name);
  await until('it is lost', async () => (await fleet.colibri.show(id)).state === 'parked' || undefined);
  await heir.sees.board.claim(id, heir.name);
  const late = await refusal(silent.sees.board.transition(id, { to: 'done', reason: 'too late' }, 'x'));
  expect(late.exitCode).toBe(4);
  expect(late.message).toContain(heir.name);
  // Heartbeats keep it, however long it takes.
  await heir.sees.board.progress(id, { text: 'reading', percent: 10 }, 'x');
  expect(
    await until('it has begun', async () => {
      const view = await fleet.colibri.show(id);
      return view.state === 'running' ? view : undefined;
    }),
  ).toMatchObject({ progress: { text: 'reading', percent: 10 } });
  await heir.sees.agents.unregister(heir.name);
  await until('it goes back', async () => (await fleet.colibri.show(id)).state === 'parked' || undefined);
  await fleet.colibri.cancel(id);
  await fleet.ended(id);
}, 120_000);

it('tries a failed task anew under its id, on the host that is named, and counts on [B1]', async () => {
  await fleet.startHost('debby', { tags: ['linux'], slots: 2 });
  await fleet.startHost('domedog', { tags: ['linux'], slots: 2 });
  const { id } = await fleet.colibri.submit({
    command: ['[ "$COLIBRI_HOST" = domedog ]'],
    shell: true,
    requires: ['linux'],
    host: 'debby',
  });
  expect(await fleet.ended(id)).toMatchObject({ state: 'failed', host: 'debby', attempt: 1 });
  expect((await refusal(fleet.colibri.board.retry(id, { on: 'domedogg' }, 'mk'))).message).toContain(
    'no host "domedogg"',
  );
  await fleet.colibri.board.retry(id, { on: 'domedog' }, 'mk');
  const view = await fleet.ended(id);
  expect(view).toMatchObject({ state: 'done', host: 'domedog', attempt: 2 });
  expect(view.history).toContainEqual(expect.objectContaining({ reason: 'tried anew by mk', by: 'mk' }));
  expect((await refusal(fleet.colibri.board.retry(id, {}, 'mk'))).message).toBe(`the task "${id}" is done`);
}, 120_000);

it('lets one who watches follow a task over its retry, and its output by attempts [S2]', async () => {
  const { id } = await fleet.colibri.submit({
    command: ['echo attempt $COLIBRI_ATTEMPT; [ $COLIBRI_ATTEMPT = 2 ]'],
    shell: true,
    requires: ['linux'],
  });
  expect((await fleet.ended(id)).state).toBe('failed');
  await fleet.colibri.board.retry(id, {}, 'mk');
  expect((await fleet.ended(id)).state).toBe('done');
  const lines: string[] = [];
  for await (const { event } of fleet.colibri.logs(id)) if (event.type === 'output') lines.push(event.text);
  expect(lines.join('')).toContain('attempt 2');
}, 120_000);
