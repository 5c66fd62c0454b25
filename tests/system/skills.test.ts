import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  SkillListJson,
  SkillRegisterJson,
  SkillRemoveJson,
  SkillShowJson,
  TaskSubmitJson,
} from '../../cli/json-shapes.ts';
import { FLEET_QUEUE, skillPartWorkflowId } from '../../schemas/names.ts';
import { skillKey } from '../../schemas/skill.ts';
import { packSkill } from '../../workers/skill-content/pack.ts';
import { filesOf, type SkillSource, writeSkill } from '../skill-content/support.ts';
import { testNamespace } from '../support/temporal-server.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { Fleet } from './harness/fleet.ts';
import { until } from './harness/until.ts';

// The machine may be busy with others.
vi.setConfig({ testTimeout: 240_000 });

const fakeZfs = fileURLToPath(new URL('../fixtures/zfs', import.meta.url));

let fleet: Fleet;
let program: WarmProgram;
/** Where the person is who registers skills: no worker has anything there. */
let desk: string;

beforeAll(async () => {
  fleet = await Fleet.start({ server: await testNamespace(), lease: '10s' });
  desk = join(fleet.dir, 'desk');
  mkdirSync(desk);
  program = warmProgram({ cwd: desk });
  await fleet.startHost('debby', { tags: ['linux'], slots: 4, flags: ['--skill-cache', '20 MiB'] });
}, 120_000);

afterAll(async () => {
  await program?.close();
  await fleet?.close();
}, 60_000);

/** Colibri's command line, as typed at the desk. */
function colibri(...args: string[]) {
  return program.colibri(args, fleet.environment({ COLIBRI_HOME: desk }));
}

async function json(...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await colibri(...args, '--json');
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return JSON.parse(stdout);
}

const cacheOf = (host: string) => join(fleet.homeOf(host), 'skills');
const fetches = (host: string, digest: string) =>
  fleet.hostNamed(host).lines.filter((line) => line.includes('skill fetched') && line.includes(digest)).length;

/** A skill that says what it sees. */
const TELLER = `#!/bin/sh
echo "version \${VERSION:-1}"
echo "arguments $*"
echo "here $COLIBRI_SKILL in $COLIBRI_SKILL_DIR"
echo "who $COLIBRI_INPUT_WHO_IT_IS"
cat "$COLIBRI_INPUTS"
cat "$COLIBRI_SKILL_DIR/words/text"
`;
const teller = (text: string, more: SkillSource = {}): SkillSource => ({
  requires: 'linux',
  entry: 'bin/tell',
  files: { 'bin/tell': TELLER, 'words/text': `${text}\n` },
  ...more,
});

async function register(name: string, source: SkillSource) {
  const folder = writeSkill(desk, name, source);
  const registered = SkillRegisterJson.parse(await json('skill', 'register', folder));
  // What was registered needs its folder no more.
  rmSync(folder, { recursive: true });
  return registered;
}

test('runs a skill registered at one machine on a host that never saw its folder, with its inputs [R3]', async () => {
  const { skill, changed } = await register('teller', teller('first'));
  expect([changed, skill.requires, skill.files]).toEqual([true, ['linux'], 3]);
  const run = await colibri(
    'task',
    'submit',
    '--skill',
    'teller',
    '-i',
    'who-it-is=me=you',
    '--wait',
    '--',
    'a',
    'b c',
  );
  expect(run.stderr).toContain('attempt 1 on debby');
  const folder = join(cacheOf('debby'), skill.digest);
  expect(run.stdout).toBe(
    `version 1\narguments a b c\nhere teller in ${folder}\nwho me=you\n{\n  "who-it-is": "me=you"\n}\nfirst\n`,
  );
  expect(run.code).toBe(0);
  const [session = ''] = readdirSync(join(fleet.homeOf('debby'), 'sessions'));
  const inputs = join(fleet.homeOf('debby'), 'sessions', session, '1', 'inputs.json');
  expect(statSync(inputs).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(inputs, 'utf8'))).toEqual({ 'who-it-is': 'me=you' });
});

test('lists and shows it among those that come with Colibri, for people within 80 columns [R3]', async () => {
  const { skills } = SkillListJson.parse(await json('skill', 'list'));
  expect(skills.map(({ name, source }) => `${source} ${name}`)).toEqual([
    'shipped echo',
    'registered teller',
    'shipped tmux-screenshot',
    'shipped zfs-snapshot',
  ]);
  const shown = SkillShowJson.parse(await json('skill', 'show', 'teller'));
  expect(shown.fileList.map(({ path, executable }) => [path, executable])).toEqual([
    ['SKILL.md', false],
    ['bin/tell', true],
    ['words/text', false],
  ]);
  expect(shown.instructions).toBe('Do it well.');
  for (const args of [['list'], ['show', 'teller'], ['show', 'zfs-snapshot']]) {
    const { stdout } = await colibri('skill', ...args);
    const head = stdout.split('Instructions')[0] ?? '';
    expect(head.split('\n').filter((line) => line.length > 80)).toEqual([]);
  }
});

test('fetches content once for many tasks at once, and not again for later ones [R3]', async () => {
  const { skill } = await register('shared', teller('shared'));
  const submit = async () => fleet.ended((await fleet.colibri.submit({ skill: 'shared' })).id);
  const views = await Promise.all([submit(), submit(), submit(), submit()]);
  expect(views.map(({ state }) => state)).toEqual(Array(4).fill('done'));
  expect((await submit()).state).toBe('done');
  expect(fetches('debby', skill.digest)).toBe(1);
});

test('runs new content for tasks that come after it, and the old for one that had begun to wait [R3]', async () => {
  const late = { requires: 'linux late' };
  const old = await register('changing', teller('old', late));
  const { id: waiting } = await fleet.colibri.submit({ skill: 'changing' });
  await until('it is parked', async () => (await fleet.colibri.show(waiting)).state === 'parked');
  expect(await fleet.colibri.why(waiting)).toMatchObject({
    sentence: expect.stringContaining('late'),
    requires: [
      { tag: 'late', hosts: [] },
      { tag: 'linux', hosts: ['debby'] },
    ],
  });
  const young = await register('changing', teller('new', late));
  expect(young).toMatchObject({ changed: true, replaced: old.skill.digest });
  // By whoever looks now: another client may go by what it saw a second ago.
  const submitted = await json('task', 'submit', '--skill', 'changing', '--requires', 'linux');
  const { id: after } = TaskSubmitJson.parse(submitted);
  await fleet.startHost('late', { tags: ['linux', 'late'] });
  expect((await fleet.ended(waiting)).result?.tail.at(-1)).toBe('old');
  expect((await fleet.ended(after)).result?.tail.at(-1)).toBe('new');
  expect(readdirSync(cacheOf('late')).sort()).toEqual([old.skill.digest, young.skill.digest].sort());
  await fleet.hostNamed('late').stop();
});

test('refuses a skill that is not there, or no longer, with the nearest name and nothing started [R3]', async () => {
  await register('passing', teller('x'));
  const wrong = await colibri('task', 'submit', '--skill', 'pasing', '--id', 'never');
  expect(wrong).toMatchObject({ code: 3, stdout: '' });
  expect(wrong.stderr).toBe('error: there is no skill "pasing"\n  did you mean passing?\n');
  expect((await colibri('task', 'show', 'never')).code).toBe(3);
  expect(SkillRemoveJson.parse(await json('skill', 'remove', 'passing')).name).toBe('passing');
  expect((await colibri('task', 'submit', '--skill', 'passing')).code).toBe(3);
  expect((await colibri('skill', 'show', 'passing')).code).toBe(3);
  expect((await colibri('skill', 'remove', 'echo')).code).toBe(4);
});

test('says what is wrong with a folder, and registers nothing [R3] [T2]', async () => {
  const folder = writeSkill(desk, 'wrong', { entry: 'run.py', files: { 'run.py': 'print()' } });
  const { code, stderr } = await colibri('skill', 'register', folder);
  expect({ code, stderr }).toEqual({
    code: 2,
    stderr: 'error: wrong/SKILL.md: metadata.colibri-entry: "run.py" cannot be run: make it executable (chmod +x)\n',
  });
  expect((await fleet.colibri.skills.list()).map(({ name }) => name)).not.toContain('wrong');
});

test('asks for a command where a skill has only instructions, and runs it with the folder at hand [R3]', async () => {
  await register('words', { files: { 'notes.txt': 'noted\n' } });
  const bare = await colibri('task', 'submit', '--skill', 'words');
  expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining('give a command, which finds the skill') });
  const run = await colibri(
    'task',
    'submit',
    '--skill',
    'words',
    '--shell',
    '--wait',
    '--',
    'cat $COLIBRI_SKILL_DIR/notes.txt',
  );
  expect(run).toMatchObject({ code: 0, stdout: 'noted\n' });
});

test('fetches and runs while the control worker is away [R3] [T3]', async () => {
  const { skill } = await register('lonely', teller('alone', { requires: 'single' }));
  await fleet.startHost('single', { tags: ['single'], slots: 1 });
  const gate = join(fleet.dir, 'gate');
  const first = await fleet.colibri.submit({
    ...{ command: [`while ! [ -e '${gate}' ]; do sleep 0.05; done`], shell: true, requires: ['single'] },
  });
  await until('it runs', async () => (await fleet.colibri.show(first.id)).state === 'running');
  const { id } = await fleet.colibri.submit({ skill: 'lonely' });
  await until('it waits', async () => (await fleet.colibri.show(id)).requires.includes('single'));
  // Its activity is scheduled with the route; give the workflow task that does so its end.
  await until('it is scheduled', async () => {
    const { raw } = await fleet.colibri.client.workflow.getHandle(`task/${id}`).describe();
    return (raw.pendingActivities ?? []).length > 0;
  });
  await fleet.control.stop();
  writeFileSync(gate, '');
  await fleet.hostNamed('single').said(/skill fetched/);
  expect(existsSync(join(cacheOf('single'), skill.digest, 'bin', 'tell'))).toBe(true);
  fleet.control = await fleet.startControl();
  expect((await fleet.ended(id)).result?.tail.at(-1)).toBe('alone');
  await fleet.hostNamed('single').stop();
});

test('runs nothing of content that is not what its digest says, and says so; a host that has it goes on [R3] [T1]', async () => {
  const source = teller('true', { requires: 'linux' });
  const { skill } = await register('tampered', source);
  expect((await fleet.ended((await fleet.colibri.submit({ skill: 'tampered' })).id)).state).toBe('done');
  const { client } = fleet.colibri;
  const evil = await packSkill(filesOf('tampered', teller('EVIL')), 'tampered');
  const data = evil.parts[0]?.toString('base64') ?? '';
  const part = { name: 'tampered', digest: skill.digest, index: 0, parts: 1, data };
  await client.workflow.start('skillContent', {
    ...{ workflowId: skillPartWorkflowId(skillKey(skill), 0), taskQueue: FLEET_QUEUE, args: [part] },
    workflowIdConflictPolicy: 'TERMINATE_EXISTING',
  });
  await fleet.startHost('fresh', { tags: ['linux', 'fresh'] });
  const { id } = await fleet.colibri.submit({ skill: 'tampered', requires: ['fresh'], maxAttempts: 3 });
  const view = await fleet.ended(id);
  expect(view).toMatchObject({ state: 'failed', attempt: 1, failure: { code: 'invalid' } });
  expect(view.failure?.message).toContain('is not what its digest says');
  expect(view.failure?.message).toContain('register the skill again');
  expect(existsSync(cacheOf('fresh'))).toBe(false);
  await fleet.hostNamed('fresh').stop();
  const cached = await fleet.colibri.submit({ skill: 'tampered', requires: ['linux'] });
  expect((await fleet.ended(cached.id)).result?.tail.at(-1)).toBe('true');
  // Registering the same folder again mends it.
  expect((await register('tampered', source)).changed).toBe(false);
  await fleet.startHost('fresh', { tags: ['linux', 'fresh'] });
  const mended = await fleet.colibri.submit({ skill: 'tampered', requires: ['fresh'] });
  expect((await fleet.ended(mended.id)).result?.tail.at(-1)).toBe('true');
  await fleet.hostNamed('fresh').stop();
});

test('has a new host fetch anew after its worker was killed with a skill half fetched, and no task sees the half [R3] [T3]', async () => {
  const { skill } = await register('halved', teller('whole'));
  await fleet.startHost('killed', { tags: ['linux', 'killed'] });
  await fleet.kill('killed');
  // As such a worker leaves it: some of the files, in a folder that is none of the skills.
  const draft = join(cacheOf('killed'), '.new-1-abcdef');
  mkdirSync(join(draft, 'bin'), { recursive: true });
  writeFileSync(join(draft, 'bin', 'tell'), '#!/bin/sh\necho half\n', { mode: 0o700 });
  await fleet.startHost('killed', { tags: ['linux', 'killed'] });
  const { id } = await fleet.colibri.submit({ skill: 'halved', requires: ['killed'] });
  expect((await fleet.ended(id)).result?.tail.at(-1)).toBe('whole');
  expect(existsSync(join(cacheOf('killed'), skill.digest, 'words', 'text'))).toBe(true);
  await fleet.hostNamed('killed').stop();
});

test('takes a ZFS snapshot where freebsd and zfs are, and parks the task until then [R3] [R7]', async () => {
  const state = join(fleet.dir, 'zfs');
  mkdirSync(state);
  for (const [file, text] of Object.entries({ datasets: 'zroot/home\n', snapshots: '', calls: '' })) {
    writeFileSync(join(state, file), text);
  }
  const submitted = await colibri(
    'task',
    'submit',
    '--skill',
    'zfs-snapshot',
    '-i',
    'dataset=zroot/home',
    '--env',
    `ZFS_STATE=${state}`,
    '--id',
    'snap',
  );
  expect(submitted.stdout).toContain('submitted snap on route:freebsd+zfs');
  await until('it is parked', async () => (await fleet.colibri.show('snap')).state === 'parked');
  const { stdout: why } = await colibri('task', 'why', 'snap');
  expect(why).toContain('freebsd   no host');
  expect(why).toContain('zfs       no host');
  const env = { PATH: `${fakeZfs}:${process.env.PATH}` };
  await fleet.startHost('osa', { tags: ['freebsd', 'zfs'], env });
  const view = await fleet.ended('snap');
  expect(view).toMatchObject({ state: 'done', host: 'osa', requires: ['freebsd', 'zfs'] });
  expect(view.result?.tail[0]).toMatch(/^created zroot\/home@colibri-\d{8}T\d{6}Z$/);
  expect(readFileSync(join(state, 'snapshots'), 'utf8')).toBe(`${view.result?.tail[0]?.slice('created '.length)}\n`);
  await fleet.hostNamed('osa').stop();
});
