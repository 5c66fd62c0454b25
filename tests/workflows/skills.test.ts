import { randomBytes } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { MockActivityEnvironment } from '@temporalio/testing';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { skillActivities } from '../../activities/skill-activities.ts';
import { Colibri } from '../../client/colibri.ts';
import type { Connected } from '../../client/connect.ts';
import { fetchSkill, uploadSkill } from '../../client/skill-content.ts';
import { FLEET_QUEUE, SKILLS_ID, skillPartWorkflowId } from '../../schemas/names.ts';
import { ColibriSkill } from '../../schemas/search-attributes.ts';
import type { RegisteredSkill } from '../../schemas/skill.ts';
import { skillKey } from '../../schemas/skill.ts';
import { packSkill } from '../../workers/skill-content/pack.ts';
import { registerSkill, skillsView } from '../../workflows/messages.ts';
import { MAX_SKILLS_BYTES } from '../../workflows/skill-limits.ts';
import { filesOf, type SkillSource, tempFolder, writeSkill } from '../skill-content/support.ts';
import { noTimeSkipping } from '../support/temporal-server.ts';
import { type Bench, openBench, openRealBench, shortHistoryServer, type TimeSkippingBench } from './bench.ts';
import { failedWith, ownRoute, until } from './support.ts';

/** The client as programs have it, on the bench's connection. */
function colibriOn(bench: Bench): Colibri {
  return new Colibri({ client: bench.client } as Connected);
}

const content = async (name: string, source: SkillSource = {}) => packSkill(filesOf(name, source), name);
let names = 0;
const newName = () => `skill-${++names}`;

describe('the registry of skills', () => {
  let bench: Bench;
  let colibri: Colibri;
  beforeAll(async () => {
    bench = await openRealBench();
    colibri = colibriOn(bench);
  });
  afterAll(() => bench.close());

  const registry = () => bench.client.workflow.getHandle(SKILLS_ID);
  const known = async () => (await registry().query(skillsView)).skills;
  const partOf = (ref: { name: string; digest: string }, index: number) =>
    bench.client.workflow.getHandle(skillPartWorkflowId(skillKey(ref), index));

  it('takes a folder of many parts, says what it is, and gives its content back from a server without workers [R3]', async () => {
    const folder = writeSkill(tempFolder(), newName(), {
      requires: 'zfs linux',
      entry: 'run.mjs',
      files: { 'run.mjs': '//' },
    });
    const name = basename(folder);
    writeFileSync(join(folder, 'noise'), randomBytes(1_500_000));
    const { skill, changed, replaced } = await colibri.skills.register(folder, { by: 'me' });
    expect({ changed, replaced }).toEqual({ changed: true, replaced: null });
    expect(skill).toMatchObject({ name, requires: ['linux', 'zfs'], entry: 'run.mjs', files: 3, registeredBy: 'me' });
    expect(Date.now() - Date.parse(skill.registeredAt)).toBeLessThan(60_000);
    const view = await colibri.skills.show(name);
    expect(view.fileList.map(({ path }) => path).sort()).toEqual(['SKILL.md', 'noise', 'run.mjs']);
    // Each part is a workflow of its own that goes on, of a history that does not grow.
    for (const index of [0, 1, 2, 3]) {
      const { status, historyLength } = await partOf(skill, index).describe();
      expect([status.name, historyLength < 10]).toEqual(['RUNNING', true]);
    }
    await bench.controlWorker.stop();
    try {
      const opened = await fetchSkill(bench.client, skill);
      expect(opened.contents.digest).toBe(skill.digest);
    } finally {
      bench.controlWorker = await bench.control();
    }
  });

  it('changes nothing when the same content comes again, from another folder and another person [R3]', async () => {
    const name = newName();
    const first = await colibri.skills.register(writeSkill(tempFolder(), name), { by: 'one' });
    const { runId } = await partOf(first.skill, 0).describe();
    const again = await colibri.skills.register(writeSkill(tempFolder(), name), { by: 'two' });
    expect(again).toEqual({ skill: first.skill, changed: false, replaced: null });
    expect((await partOf(first.skill, 0).describe()).runId).toBe(runId);
  });

  it('puts new content in the place of the old one, whose parts stay for now [R3]', async () => {
    const name = newName();
    const { skill: old } = await colibri.skills.register(writeSkill(tempFolder(), name));
    const next = await colibri.skills.register(writeSkill(tempFolder(), name, { description: 'Better.' }));
    expect(next).toMatchObject({ changed: true, replaced: old.digest, skill: { description: 'Better.' } });
    expect((await known()).filter((skill) => skill.name === name)).toEqual([next.skill]);
    expect((await partOf(old, 0).describe()).status.name).toBe('RUNNING');
  });

  it('lets the last of many that register at once win, whole [R3] [B2]', async () => {
    const name = newName();
    const folders = [1, 2, 3, 4, 5, 6].map((n) => writeSkill(tempFolder(), name, { description: `Number ${n}.` }));
    const all = await Promise.all(folders.map((folder) => colibriOn(bench).skills.register(folder)));
    expect(all.every(({ changed }) => changed)).toBe(true);
    const [winner, ...others] = (await known()).filter((skill) => skill.name === name);
    expect(others).toEqual([]);
    // Each but the first took the place of exactly one other: none was lost from sight.
    const digests = all.map(({ skill }) => skill.digest);
    const replaced = all.map((each) => each.replaced).filter((digest) => digest !== null);
    expect(replaced.sort()).toEqual(digests.filter((digest) => digest !== winner?.digest).sort());
  });

  it('refuses content that is missing, unsound or of another name, and goes on [R3] [T2]', async () => {
    const name = newName();
    const packed = await content(name);
    const refusal = async (given: unknown) => {
      const error = await bench.client.workflow
        .getHandle(SKILLS_ID)
        .executeUpdate<unknown, [unknown]>(registerSkill.name, { args: [given] })
        .then(
          () => new Error('was accepted'),
          (thrown: Error) => thrown,
        );
      return (error.cause as Error | undefined)?.message ?? error.message;
    };
    const { digest } = packed.contents;
    expect(await refusal({ name, digest, by: 'x' })).toContain('is not on the server');
    expect(await refusal({ name, digest: 'abc', by: 'x' })).toContain('expected 64 hexadecimal digits');
    expect(await refusal(null)).toContain('registration of a skill');
    // Somebody put other bytes where the content should be.
    const other = await content(name, { description: 'Evil.' });
    const args = [{ name, digest, index: 0, parts: 1, data: other.parts[0]?.toString('base64') ?? '' }];
    const workflowId = skillPartWorkflowId(skillKey(packed.contents), 0);
    await bench.client.workflow.start('skillContent', { workflowId, taskQueue: FLEET_QUEUE, args });
    expect(await refusal({ name, digest, by: 'x' })).toContain('is not what its digest says');
    expect((await known()).map((skill) => skill.name)).not.toContain(name);
    // The right content, registered as one does, takes the place of the wrong one.
    await uploadSkill(bench.client, packed);
    expect((await fetchSkill(bench.client, packed.contents)).contents).toEqual(packed.contents);
    expect((await colibri.skills.register(writeSkill(tempFolder(), name))).changed).toBe(true);
  });

  it('completes an upload that was cut off, and keeps the parts that had come [R3]', async () => {
    const name = newName();
    const noise = { path: 'noise', executable: false, data: randomBytes(800_000) };
    const packed = await packSkill([...filesOf(name), noise], name);
    const [first, ...missing] = packed.parts;
    await uploadSkill(bench.client, { ...packed, parts: packed.parts }).catch(() => undefined);
    const { runId } = await partOf(packed.contents, 0).describe();
    await partOf(packed.contents, 1).terminate('as if it had never come');
    expect([first?.length, missing.length]).toEqual([380_000, 2]);
    await uploadSkill(bench.client, packed);
    expect((await partOf(packed.contents, 0).describe()).runId).toBe(runId);
    expect((await partOf(packed.contents, 1).describe()).status.name).toBe('RUNNING');
  });

  it('forgets a skill that is removed, and names the nearest for one that it does not know [R3]', async () => {
    const name = newName();
    await colibri.skills.register(writeSkill(tempFolder(), name));
    await expect(colibri.skills.remove(`${name}x`)).rejects.toMatchObject({
      code: 'not-found',
      hint: expect.stringContaining(name),
    });
    expect(await colibri.skills.remove(name)).toMatchObject({ name, source: 'registered' });
    await expect(colibri.skills.show(name)).rejects.toMatchObject({ code: 'not-found' });
    await expect(colibri.skills.remove(name)).rejects.toMatchObject({ code: 'not-found' });
    await expect(colibri.skills.remove('echo')).rejects.toMatchObject({ code: 'refused' });
  });

  it('refuses a task of no such skill at submission and starts nothing; a raw one fails as invalid [R3]', async () => {
    const name = newName();
    await colibri.skills.register(writeSkill(tempFolder(), name, { entry: 'run.mjs', files: { 'run.mjs': '//' } }));
    const wrong = `${name.slice(0, -1)}x`;
    const id = `none-${name}`;
    const submitted = colibri.submit({ skill: `${name}0` }, { id });
    await expect(submitted).rejects.toMatchObject({
      code: 'not-found',
      exitCode: 3,
      hint: expect.stringContaining(name),
    });
    await expect(bench.client.workflow.getHandle(`task/${id}`).describe()).rejects.toThrow('not found');
    const failure = await failedWith(await bench.start({ skill: wrong }));
    expect(failure).toMatchObject({
      type: 'invalid',
      message: expect.stringContaining(`there is no skill "${wrong}"; did you mean `),
    });
  });

  it('is found at once by who has just registered, though the control worker had looked a moment before [R3]', async () => {
    const name = newName();
    const { tag, queue } = ownRoute();
    const inputs: { skillRef: unknown; requires: string[] }[] = [];
    await bench.serve(queue, {
      runAgent: async (input: { skillRef: unknown; requires: string[] }) => {
        inputs.push(input);
        await delay(50);
        throw new Error('enough');
      },
    });
    const other = newName();
    await colibri.skills.register(
      writeSkill(tempFolder(), other, { requires: tag, entry: 'a.mjs', files: { 'a.mjs': '//' } }),
    );
    for (const n of [1, 2, 3]) {
      // The control worker looks, and remembers.
      await failedWith(await bench.start({ skill: 'no-such-skill-at-all' }));
      const source = { requires: tag, entry: 'a.mjs', files: { 'a.mjs': `// ${n}` } };
      const { skill } = await colibri.skills.register(writeSkill(tempFolder(), name, source));
      const { id, route } = await colibri.submit({ skill: name });
      expect(route).toBe(queue);
      await until(
        async () => inputs.length,
        (count) => count >= n,
      );
      expect(inputs.at(-1)).toMatchObject({ skillRef: { name, digest: skill.digest }, requires: [tag] });
      await bench.client.workflow.getHandle(`task/${id}`).terminate('enough');
    }
  });

  it('keeps for a task the content that it began with, and the daily look lets go of what none needs [R3]', async () => {
    const name = newName();
    const source = { requires: 'nobody-has-this', entry: 'a.mjs', files: { 'a.mjs': '// old' } };
    const { skill: old } = await colibri.skills.register(writeSkill(tempFolder(), name, source));
    const raw = await bench.start({ skill: name });
    await until(
      async () => (await raw.describe()).typedSearchAttributes.get(ColibriSkill),
      (key) => key === skillKey(old),
    );
    const { skill: young } = await colibri.skills.register(
      writeSkill(tempFolder(), name, { ...source, description: 'New.' }),
    );
    const orphan = await content(newName());
    await uploadSkill(bench.client, orphan);
    const running = `WorkflowType = 'task' AND ExecutionStatus = 'Running' AND ColibriSkill = '${skillKey(old)}'`;
    await until(
      () => bench.client.workflow.count(running),
      ({ count }) => count === 1,
    );

    const activities = skillActivities(bench.client);
    const look = async (before: number) => {
      const keep = (await known()).map(skillKey);
      return new MockActivityEnvironment().run(activities.sweepSkills, { keep, before });
    };
    const state = async (ref: { name: string; digest: string }) => (await partOf(ref, 0).describe()).status.name;
    // What came since is left alone: it may be an upload under way.
    await look(Date.now() - 3_600_000);
    expect([await state(old), await state(young), await state(orphan.contents)]).toEqual([
      'RUNNING',
      'RUNNING',
      'RUNNING',
    ]);
    await look(Date.now() + 60_000);
    await until(
      () => state(orphan.contents),
      (status) => status === 'COMPLETED',
    );
    expect([await state(old), await state(young)]).toEqual(['RUNNING', 'RUNNING']);
    await raw.terminate('over');
    await until(
      () => bench.client.workflow.count(running),
      ({ count }) => count === 0,
    );
    await look(Date.now() + 60_000);
    await until(
      () => state(old),
      (status) => status === 'COMPLETED',
    );
    expect(await state(young)).toBe('RUNNING');
    // Even then it can be read for as long as the server keeps histories, and come back.
    expect((await fetchSkill(bench.client, old)).contents.digest).toBe(old.digest);
    await colibri.skills.register(writeSkill(tempFolder(), name, source));
    expect(await state(old)).toBe('RUNNING');
  });

  it('knows again what a registry knew that was ended by hand [T3]', async () => {
    const names = [newName(), newName()];
    for (const name of names) await colibri.skills.register(writeSkill(tempFolder(), name));
    const before = await known();
    await registry().terminate('by hand');
    await until(
      () => bench.client.workflow.count(`WorkflowId = '${SKILLS_ID}' AND ExecutionStatus = 'Terminated'`),
      ({ count }) => count === 1,
    );
    const name = newName();
    await colibri.skills.register(writeSkill(tempFolder(), name));
    expect((await known()).map((skill) => skill.name).sort()).toEqual([...before.map((s) => s.name), name].sort());
  });
});

describe('a part of a content', () => {
  it('that cannot be read ends at once instead of staying [T2]', async () => {
    const bench = await openRealBench();
    onTestFinished(() => bench.close());
    const handle = await bench.client.workflow.start('skillContent', {
      ...{ workflowId: 'skill-content/x/0', taskQueue: FLEET_QUEUE, args: [{ name: 'x', data: '<>' }] },
    });
    expect(await failedWith(handle)).toMatchObject({
      type: 'invalid',
      message: expect.stringContaining('data: expected base64'),
    });
  });
});

describe('a registry of long life', () => {
  it('continues as new with all that it knows, and refuses what it has no room for [R3] [T3]', async () => {
    const server = await shortHistoryServer();
    onTestFinished(() => server.stop());
    const bench = await openRealBench({}, server);
    onTestFinished(() => bench.close());
    const colibri = colibriOn(bench);
    const registry = bench.client.workflow.getHandle(SKILLS_ID);
    const registered: RegisteredSkill[] = [];
    for (let n = 0; n < 12; n += 1) {
      const { skill } = await colibri.skills.register(writeSkill(tempFolder(), newName()));
      registered.push(skill);
    }
    const { runId } = await registry.describe();
    const first = (await registry.fetchHistory()).events?.[0]?.workflowExecutionStartedEventAttributes;
    expect(first?.firstExecutionRunId).not.toBe(runId);
    expect((await registry.query(skillsView)).skills).toEqual(registered);

    // As full as it may be: what is too much is refused, and what is there stays.
    await registry.terminate('for a full one');
    const padded = Array.from({ length: 250 }, (_, n) => ({
      ...(registered[0] as RegisteredSkill),
      ...{ name: `full-${n}`, metadata: { x: 'y'.repeat(1_400) }, description: 'z'.repeat(900) },
    }));
    const room = MAX_SKILLS_BYTES - Buffer.byteLength(JSON.stringify(padded));
    expect(room).toBeGreaterThan(1_000);
    Object.assign(padded[0] ?? {}, { license: 'l'.repeat(room - 200) });
    const sweepAt = Date.now() + 86_400_000;
    await bench.client.workflow.start('skills', {
      ...{ workflowId: SKILLS_ID, taskQueue: FLEET_QUEUE, args: [{ skills: padded, retired: [], sweepAt }] },
    });
    const refused = colibriOn(bench).skills.register(writeSkill(tempFolder(), newName()));
    await expect(refused).rejects.toMatchObject({ code: 'refused', message: expect.stringContaining('250 skills') });
    expect((await registry.query(skillsView)).skills).toHaveLength(250);
  }, 120_000);
});

describe.skipIf(noTimeSkipping())('the daily look of the registry', () => {
  const looks: { keep: string[]; before: number }[] = [];
  let bench: TimeSkippingBench;
  beforeAll(async () => {
    bench = await openBench({
      activities: {
        formerSkills: async () => ({ skills: [] }),
        sweepSkills: async (look) => {
          looks.push(look);
          return { released: 0 };
        },
      },
    });
  });
  afterAll(() => bench.close());

  it('comes each day, and for a day keeps what was replaced or removed [R3]', async () => {
    const colibri = colibriOn(bench);
    const register = async (name: string, source?: SkillSource) =>
      (await colibri.skills.register(writeSkill(tempFolder(), name, source))).skill;
    const old = await register('changes');
    const gone = await register('goes');
    await bench.env.sleep('25h');
    await until(
      async () => looks.length,
      (count) => count === 1,
    );
    expect(looks[0]?.keep.sort()).toEqual([skillKey(old), skillKey(gone)].sort());
    const young = await register('changes', { description: 'New.' });
    await colibri.skills.remove('goes');
    await bench.env.sleep('24h');
    await until(
      async () => looks.length,
      (count) => count === 2,
    );
    expect(looks[1]?.keep.sort()).toEqual([skillKey(old), skillKey(gone), skillKey(young)].sort());
    await bench.env.sleep('24h');
    await until(
      async () => looks.length,
      (count) => count === 3,
    );
    expect(looks[2]?.keep).toEqual([skillKey(young)]);
    expect((looks[2]?.before ?? 0) - (looks[1]?.before ?? 0)).toBeGreaterThanOrEqual(86_400_000);
  });
});
