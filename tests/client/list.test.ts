import pino from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Colibri } from '../../client/colibri.ts';
import { decodeCursor, encodeCursor } from '../../client/cursor.ts';
import { listQuery } from '../../client/list-query.ts';
import { ListFilter, type ListFilterInput } from '../../schemas/list-filter.ts';
import { type ControlWorker, startControlWorker } from '../../workers/control.ts';
import { type TestServer, testNamespace } from '../support/temporal-server.ts';

vi.setConfig({ testTimeout: 180_000 });

/** How long a page of fifty may take on a machine that is busy with other tests; alone it takes about 50 ms. */
const PAGE_WITHIN_MS = 5_000;

let server: TestServer;
let colibri: Colibri;

beforeAll(async () => {
  server = await testNamespace();
  colibri = await Colibri.connect({
    env: { TEMPORAL_ADDRESS: server.address, TEMPORAL_NAMESPACE: server.namespace },
  });
}, 60_000);
afterAll(() => colibri?.close());

async function ids(filter: ListFilterInput): Promise<string[]> {
  const { tasks } = await colibri.list(filter);
  return tasks.map(({ id }) => id).sort();
}

/** What the store was told is found a moment later. */
async function finds(filter: ListFilterInput, expected: readonly string[]): Promise<void> {
  await expect.poll(() => ids(filter), { timeout: 60_000 }).toEqual([...expected].sort());
}

describe('a list of tasks that wait', () => {
  beforeAll(async () => {
    const command = ['true'];
    const submit = (id: string, spec: object) => colibri.submit({ command, ...spec }, { id });
    await submit('login', {
      name: 'Fix the login-page, über alles',
      project: 'web',
      requires: ['linux', 'docker'],
      priority: 1,
    });
    await submit('logo', { name: "Render logo.png, it's big", project: 'web', requires: ['linux'] });
    await submit('odd', { name: '***', project: "o'hara & sons" });
    await submit('and', { name: 'login AND logo OR page', requires: ['docker'] });
  });

  it('finds words of names, all of them, in any order and case, and no parts of words [B1]', async () => {
    await finds({ name: 'login' }, ['login', 'and']);
    await finds({ name: 'PAGE fix' }, ['login']);
    await finds({ name: 'login logo' }, ['and']);
    await finds({ name: 'and' }, ['and']);
    await finds({ name: 'logo.png' }, ['logo']);
    await finds({ name: 'uber' }, ['login']);
    await finds({ name: "it's" }, ['logo']);
    await finds({ name: 'log' }, []);
  });

  it('combines all filters, and gives every task what it was asked for [B1]', async () => {
    await finds({}, ['login', 'logo', 'odd', 'and']);
    await finds({ project: 'web' }, ['login', 'logo']);
    await finds({ project: "o'hara & sons" }, ['odd']);
    await finds({ requires: ['Docker '] }, ['login', 'and']);
    await finds({ requires: ['linux', 'docker'], project: 'web', name: 'login', since: '1h', state: 'queued' }, [
      'login',
    ]);
    await finds({ requires: ['linux'], name: 'AND' }, []);
    const [line] = (await colibri.list({ name: 'fix' })).tasks;
    expect(line).toMatchObject({ id: 'login', project: 'web', priority: 1, requires: ['docker', 'linux'], host: null });
  });

  it('finds what was submitted since a time, given as an age or as a time [B1]', async () => {
    await finds({ since: '1h' }, ['login', 'logo', 'odd', 'and']);
    await finds({ since: new Date(Date.now() + 60_000).toISOString() }, []);
    const { tasks } = await colibri.list();
    const [newest, second] = tasks
      .map(({ submittedAt }) => submittedAt)
      .sort()
      .reverse();
    expect(newest).not.toBe(second);
    await finds(
      { since: newest ?? '' },
      tasks.filter(({ submittedAt }) => submittedAt === newest).map(({ id }) => id),
    );
  });

  it('names the field that is not right, and what is possible [T2]', async () => {
    const wrong = async (filter: object) => {
      const error = await colibri.list(filter as ListFilterInput).then(
        () => null,
        (thrown: Error) => thrown,
      );
      expect(error).toMatchObject({ code: 'invalid' });
      return error?.message;
    };
    expect(await wrong({ state: 'runing' })).toMatch(
      /state: there is no state "runing": give one of queued, .*"running"/,
    );
    expect(await wrong({ since: 'yesterday' })).toMatch(/since: "yesterday" is no time: give how long ago, like 30m/);
    expect(await wrong({ since: '2025-13-45' })).toMatch(/since: /);
    expect(await wrong({ name: '!!' })).toMatch(/name: give at least one word/);
    expect(await wrong({ limit: 0 })).toMatch(/limit: give a whole number from 1 to 1000/);
    expect(await wrong({ requires: ['a b'] })).toMatch(/requires\[0\]: a tag has only/);
    expect(await wrong({ host: ' ' })).toMatch(/host: give a name/);
    expect(await wrong({ project: 'a\\b' })).toMatch(/project: the server cannot look for a name with " or \\ in it/);
    expect(await wrong({ hots: 'a' })).toMatch(/hots: there is no such field; did you mean "host"/);
  });

  it('refuses a cursor that is not whole without asking the server [T2]', async () => {
    const { nextCursor } = await colibri.list({ limit: 1 });
    expect(decodeCursor(String(nextCursor)).length).toBeGreaterThan(0);
    for (const cursor of ['abcd', '', String(nextCursor).slice(0, -3), `A${nextCursor}`]) {
      await expect(colibri.list({ cursor })).rejects.toMatchObject({ code: 'invalid', message: 'cursor: is none' });
    }
    expect(encodeCursor(new Uint8Array())).toBeNull();
  });

  it('gives each task once over all pages, each of them quickly [B1]', async () => {
    const known = new Set<string>();
    for (let at = 0; at < 120; at += 1) known.add((await colibri.submit({ command: ['true'], project: 'paged' })).id);
    await expect.poll(async () => (await ids({ project: 'paged', limit: 200 })).length, { timeout: 60_000 }).toBe(120);
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const from = Date.now();
      const page = await colibri.list({ project: 'paged', limit: 50, ...(cursor === null ? {} : { cursor }) });
      expect(Date.now() - from).toBeLessThan(PAGE_WITHIN_MS);
      seen.push(...page.tasks.map(({ id }) => id));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toHaveLength(120);
    expect(new Set(seen)).toEqual(known);
  });
});

describe('a list of tasks that have ended', () => {
  let control: ControlWorker;
  beforeAll(async () => {
    control = await startControlWorker({
      connected: colibri.connected,
      log: pino({ level: 'silent' }),
      leaseMs: 5_000,
    });
  }, 60_000);
  afterAll(() => control?.stop());

  it('has them by their states, and they can be shown [B5]', async () => {
    const { id } = await colibri.submit({
      command: ['true'],
      requires: ['nobody-has-this'],
      project: 'ended',
      name: 'to be cancelled',
    });
    await expect.poll(() => ids({ state: 'parked', project: 'ended' }), { timeout: 60_000 }).toEqual([id]);
    expect(await ids({ state: 'queued', project: 'ended' })).toEqual([]);
    await colibri.cancel(id);
    await colibri.wait(id);
    await finds({ state: 'cancelled', project: 'ended', name: 'cancelled' }, [id]);
    for (const state of ['queued', 'parked', 'running', 'done', 'failed'] as const) {
      expect(await ids({ state, project: 'ended' })).toEqual([]);
    }
    expect(await colibri.show(id)).toMatchObject({ state: 'cancelled', name: 'to be cancelled' });
  });
});

describe('the query of a list', () => {
  const fleet = {
    hosts: [],
    routes: Array.from({ length: 3 }, (_, at) => ({ queue: `route:r${at}`, tags: [`r${at}`] })),
  } as never;
  const query = (filter: ListFilterInput) => listQuery(ListFilter.parse(filter), fleet);

  it('counts as queued what is on no parked route, so that a task just submitted is found [B1]', () => {
    expect(query({ state: 'parked' })).toContain("ColibriRoute IN ('route:r0', 'route:r1', 'route:r2')");
    expect(query({ state: 'queued' })).toContain("ColibriRoute NOT IN ('route:r0', 'route:r1', 'route:r2')");
    expect(listQuery(ListFilter.parse({ state: 'parked' }), { hosts: [], routes: [] })).toBeNull();
  });

  it('cannot be left by what is given to it [T2]', () => {
    expect(query({ host: "x' OR WorkflowType = 'host" })).toBe(
      "WorkflowType = 'task' AND ColibriHost = 'x\\' OR WorkflowType = \\'host'",
    );
    expect(query({ name: "a' OR 'b" })).toContain("ColibriName = 'a' AND ColibriName = 'or' AND ColibriName = 'b'");
  });
});
