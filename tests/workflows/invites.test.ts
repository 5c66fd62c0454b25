import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FleetGateway } from '../../activities/fleet-gateway.ts';
import { createInvite, join, listInvites, revoke } from '../../client/invite-actions.ts';
import { readHosts } from '../../client/read-fleet.ts';
import { FLEET_QUEUE, INVITES_ID } from '../../schemas/names.ts';
import { hostRegistration } from '../../workflows/messages.ts';
import { noTimeSkipping, type TestServer } from '../support/temporal-server.ts';
import { type Bench, openBench, openRealBench, shortHistoryServer, type TimeSkippingBench } from './bench.ts';
import { until } from './support.ts';

const BY = { ttlMs: 3_600_000, uses: 1, by: 'ann' };

describe('invitations', () => {
  let bench: Bench;
  beforeAll(async () => {
    bench = await openRealBench();
    await new FleetGateway(bench.client).start();
  }, 60_000);
  afterAll(() => bench?.close());

  const invite = (more: Partial<Parameters<typeof createInvite>[1]> = {}) =>
    createInvite(bench.client, { name: null, ...BY, ...more });
  const joinAs = (code: string, name: string, joinId: string, spend = true) =>
    join(bench.client, { code, name, joinId, spend });

  it('let one host join, the same one as often as it asks, and no other [P4]', async () => {
    const { code } = await invite();
    expect((await joinAs(code, 'osa', 'first-machine', false)).uses.left).toBe(1);
    expect((await joinAs(code, 'osa', 'first-machine')).uses.left).toBe(0);
    expect((await joinAs(code, 'osa', 'first-machine')).joined).toHaveLength(1);
    await expect(joinAs(code, 'debby', 'second-machine')).rejects.toMatchObject({
      code: 'refused',
      message: expect.stringContaining('osa joined by it'),
    });
  });

  it('let no more join than they are for, however many ask at once [P4]', async () => {
    const { code, id } = await invite({ uses: 3 });
    const outcomes = await Promise.allSettled(
      Array.from({ length: 12 }, (_, at) => joinAs(code, `host-${at}`, `machine-${at}`)),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    const listed = (await listInvites(bench.client)).find((each) => each.id === id);
    expect(listed).toMatchObject({ state: 'used', uses: { total: 3, left: 0 } });
    expect(new Set(listed?.joined.map(({ name }) => name)).size).toBe(3);
  });

  it('are closed by five wrong guesses, to the right code as well [T1]', async () => {
    const { code, id } = await invite();
    const guesses = Array.from({ length: 8 }, (_, at) => `${id}-0000-000${at}`).filter((guess) => guess !== code);
    for (const guess of guesses.slice(0, 5)) {
      await expect(joinAs(guess, 'osa', 'guesser-1', false)).rejects.toThrow('this code is not right');
    }
    await expect(joinAs(code, 'osa', 'the-right-one')).rejects.toThrow('given wrong 5 times');
  });

  it('for a name make the host known, and let no other name join [P4]', async () => {
    const { code } = await invite({ name: 'domedog' });
    const { status, raw } = await bench.client.workflow.getHandle('host/domedog').describe();
    expect(status.name).toBe('RUNNING');
    expect(raw.executionConfig?.taskQueue?.name).toBe(FLEET_QUEUE);
    expect(await bench.client.workflow.getHandle('host/domedog').query(hostRegistration)).toBeNull();
    const known = await until(
      async () => (await readHosts(bench.client)).find(({ name }) => name === 'domedog'),
      (host) => host !== undefined,
    );
    expect(known).toMatchObject({ status: 'never-seen', reason: expect.stringContaining('(ann)') });
    await expect(joinAs(code, 'debby', 'machine-d')).rejects.toThrow('give --name domedog');
    await joinAs(code, 'domedog', 'machine-d');
  });

  it('can be revoked by id, and say so from then on [P4]', async () => {
    const { code, id } = await invite();
    expect((await revoke(bench.client, id.toLowerCase())).state).toBe('revoked');
    await expect(joinAs(code, 'osa', 'machine-r')).rejects.toThrow('revoked');
    await expect(revoke(bench.client, 'ZZZZ')).rejects.toMatchObject({ code: 'not-found' });
  });

  it('leave nothing in the history by which anyone could join [T1]', async () => {
    const made = await invite({ uses: 2 });
    await joinAs(made.code, 'osa', 'machine-s');
    const { events } = await bench.client.workflow.getHandle(INVITES_ID).fetchHistory();
    const bytes = (events ?? []).flatMap((event) => payloadsOf(event)).join('\n');
    expect(bytes).toContain('machine-s');
    const secret = made.code.slice(5);
    for (const text of [made.code, secret, secret.replace('-', '')]) expect(bytes).not.toContain(text);
    // What was signed for one machine is worth nothing to another.
    const said = /\{[^{}]*machine-s[^{}]*"signature"[^{}]*\}/.exec(bytes)?.[0] ?? '{}';
    const stolen = { ...(JSON.parse(said) as object), joinId: 'machine-thief' };
    await expect(
      bench.client.workflow.getHandle(INVITES_ID).executeUpdate('join', { args: [stolen] }),
    ).rejects.toMatchObject({ cause: expect.objectContaining({ message: 'this code is not right' }) });
  });

  it('refuse what they cannot read, and a second name for many [T2]', async () => {
    const handle = bench.client.workflow.getHandle(INVITES_ID);
    for (const [update, input] of [
      ['invite', { id: 'K7QM' }],
      ['join', { id: '../..', name: 'osa' }],
      ['revoke', 5],
    ] as const) {
      await expect(handle.executeUpdate(update, { args: [input] })).rejects.toMatchObject({
        cause: expect.objectContaining({ type: 'invalid' }),
      });
    }
    await expect(invite({ name: 'osa', uses: 2 })).rejects.toMatchObject({ code: 'invalid' });
    await expect(joinAs('nonsense', 'osa', 'machine-n')).rejects.toMatchObject({ code: 'invalid' });
  });
});

/** Texts of all payloads within. */
function payloadsOf(value: unknown): string[] {
  if (value instanceof Uint8Array) return [Buffer.from(value).toString('utf8')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap(payloadsOf);
}

describe('invitations that continue as new', () => {
  let server: TestServer & { stop(): Promise<void> };
  let bench: Bench;
  beforeAll(async () => {
    server = await shortHistoryServer();
    bench = await openRealBench({}, server);
  }, 60_000);
  afterAll(async () => {
    await bench?.close();
    await server?.stop();
  });

  const runNow = async () => (await bench.client.workflow.getHandle(INVITES_ID).describe()).runId;
  const invite = (uses: number, name: string | null = null) => createInvite(bench.client, { ...BY, name, uses });
  const joinAs = (code: string, at: string) =>
    join(bench.client, { code, name: `host-${at}`, joinId: `machine-${at}`, spend: true });

  it('still know who has joined, what was revoked and what was guessed wrong [P4] [T3]', async () => {
    const [used, revoked, guessed, open] = [await invite(1), await invite(1), await invite(1), await invite(2)];
    const named = await invite(1, 'domedog');
    await joinAs(used.code, 'first');
    await joinAs(open.code, 'early');
    await revoke(bench.client, revoked.id);
    const wrong = `${guessed.id}-0000-0000`;
    for (let at = 0; at < 3; at += 1) await expect(joinAs(wrong, 'eve')).rejects.toThrow('not right');
    const before = await listInvites(bench.client);

    const first = await runNow();
    const filler = await invite(100);
    for (let at = 0; (await runNow()) === first; at += 1) await joinAs(filler.code, `${at}`);
    const after = await listInvites(bench.client);
    expect(after.filter(({ id }) => id !== filler.id)).toEqual(before);

    expect((await joinAs(used.code, 'first')).joined).toHaveLength(1);
    await expect(joinAs(used.code, 'second')).rejects.toThrow('host-first joined by it');
    await expect(joinAs(revoked.code, 'second')).rejects.toThrow('revoked');
    for (let at = 0; at < 2; at += 1) await expect(joinAs(wrong, 'eve')).rejects.toThrow('not right');
    await expect(joinAs(guessed.code, 'second')).rejects.toThrow('given wrong 5 times');
    await expect(joinAs(named.code, 'second')).rejects.toThrow('give --name domedog');
    expect((await joinAs(open.code, 'late')).uses.left).toBe(0);
    const { id } = await invite(1);
    expect((await listInvites(bench.client)).map((each) => each.id)).toContain(id);
  }, 60_000);

  it('let no more join than they are for while they continue as new, and lose none who did [P4] [T3]', async () => {
    const { code, id } = await invite(15);
    // One that comes in the moment of continuing may be sent away; said again it is the same join.
    const insist = (at: string): ReturnType<typeof joinAs> =>
      joinAs(code, at).catch((error) => (error.code === 'unreachable' ? insist(at) : Promise.reject(error)));
    const first = await runNow();
    const outcomes = await Promise.allSettled(Array.from({ length: 40 }, (_, at) => insist(`crowd-${at}`)));
    expect(await runNow()).not.toBe(first);
    const joined = outcomes.flatMap((outcome, at) => (outcome.status === 'fulfilled' ? [`host-crowd-${at}`] : []));
    expect(joined).toHaveLength(15);
    const refused = outcomes.flatMap((outcome) => (outcome.status === 'rejected' ? [outcome.reason.code] : []));
    expect(new Set(refused)).toEqual(new Set(['refused']));
    const listed = (await listInvites(bench.client)).find((each) => each.id === id);
    expect(listed?.joined.map(({ name }) => name).sort()).toEqual(joined.sort());
  }, 60_000);
});

describe.skipIf(noTimeSkipping())('an invitation', () => {
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    bench = await openBench();
  }, 60_000);
  afterAll(() => bench?.close());

  it('expires, and is forgotten a week later [P4]', async () => {
    const { code, id } = await createInvite(bench.client, { name: null, ...BY, ttlMs: 60_000 });
    await bench.env.sleep('61s');
    await expect(join(bench.client, { code, name: 'osa', joinId: 'machine-x', spend: true })).rejects.toThrow(
      'expired',
    );
    await bench.env.sleep('8 days');
    const { id: next } = await createInvite(bench.client, { name: null, ...BY });
    expect((await listInvites(bench.client)).map((each) => each.id)).toEqual([next]);
    expect(next).not.toBe(id);
  });
});
