import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { DoctorJson, ErrorJson, OffboardJson, OnboardJson, OnboardPrintJson } from '../../cli/json-shapes.ts';
import { colibriCommand } from '../system/harness/commands.ts';
import { Program } from '../system/harness/program.ts';
import { until } from '../system/harness/until.ts';
import { SERVER_IP, SERVER_PORT } from './harness/network.ts';
import { noNamespaces } from './harness/requirements.ts';
import { Site } from './harness/site.ts';

const SERVER = `${SERVER_IP}:${SERVER_PORT}`;
const LEASE = '6s';

describe.skipIf(noNamespaces())('a new machine, in a network namespace of its own', () => {
  let site: Site;
  let dir: string;
  const workers: Program[] = [];

  beforeAll(async () => {
    site = await Site.build(['debby', 'domedog'], LEASE);
  }, 120_000);
  afterAll(async () => {
    await site?.close();
  }, 60_000);
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'onboarding-'));
  });
  afterEach(async () => {
    await Promise.all(workers.splice(0).map((worker) => worker.stop()));
    rmSync(dir, { recursive: true, force: true });
  }, 60_000);

  /** An empty home folder on a machine that knows nothing of the server. */
  function emptyHome(): string {
    const home = join(dir, 'new');
    mkdirSync(home);
    return home;
  }

  function variables(home: string): Record<string, string> {
    const { PATH = '', TMPDIR = '', COLIBRI_TEST_RUN = '' } = process.env;
    return { PATH, TMPDIR, COLIBRI_TEST_RUN, HOME: home, NO_COLOR: '1' };
  }

  async function run(machine: string, home: string, ...args: string[]) {
    const program = new Program(args[0] ?? '', colibriCommand(...args), {
      prefix: site.network.on(machine),
      env: variables(home),
    });
    const { code } = await program.exited;
    return { code, last: program.lines.at(-1) ?? '', text: program.lines.join('\n') };
  }

  /** Runs a command that must succeed, and reads its JSON. */
  async function json<T>(shape: { parse(value: unknown): T }, machine: string, home: string, ...args: string[]) {
    const { code, last, text } = await run(machine, home, ...args, '--json');
    expect({ args, code, text: code === 0 ? '' : text }).toEqual({ args, code: 0, text: '' });
    return shape.parse(JSON.parse(last));
  }

  async function invite(more: { name?: string; ttlMs?: number; uses?: number } = {}): Promise<string> {
    const { name = null, ttlMs = 3_600_000, uses = 1 } = more;
    return (await site.fleet.colibri.invites.create({ name, ttlMs, uses, by: 'ann' })).code;
  }

  /** Starts the worker by the very words that were printed. */
  async function startWorker(machine: string, home: string, command: readonly string[] | null): Promise<Program> {
    const worker = new Program('worker', command ?? [], { prefix: site.network.on(machine), env: variables(home) });
    workers.push(worker);
    await worker.said(/has joined the fleet/);
    return worker;
  }

  const settings = ['--name', 'debby', '--slots', '2', '--lease', LEASE, '--no-service'];

  test('joins by one command, runs a task there and back, and leaves by another [P4]', async () => {
    const home = emptyHome();
    const code = await invite({ name: 'debby' });
    const command = ['onboard', SERVER, '--code', code, ...settings];

    // What it would do, without doing it.
    const plan = await json(OnboardPrintJson, 'debby', home, ...command, '--print');
    expect(readdirSync(home)).toEqual([]);
    expect(plan.commands).toEqual([]);

    const joined = await json(OnboardJson, 'debby', home, ...command);
    expect(joined).toMatchObject({ name: 'debby', address: SERVER, task: null, start: plan.start });
    expect(joined.steps.find(({ step }) => step === 'probe')?.detail).toContain('linux');

    // It did what it said, to the letter.
    for (const { path, mode } of plan.folders) expect((statSync(path).mode & 0o777).toString(8)).toBe(mode);
    for (const { path, mode, content } of plan.files) {
      expect({ path, mode: (statSync(path).mode & 0o777).toString(8) }).toEqual({ path, mode });
      expect(statSync(path).uid).toBe(0);
      if (content !== null) expect(readFileSync(path, 'utf8')).toBe(content);
    }
    expect(readdirSync(joined.home).sort()).toEqual(
      plan.files
        .filter(({ path }) => dirname(path) === joined.home)
        .map(({ path }) => path.slice(joined.home.length + 1))
        .sort(),
    );

    const worker = await startWorker('debby', home, plan.start);
    const verified = await json(OnboardJson, 'debby', home, 'onboard', '--no-service');
    expect(verified.task).not.toBeNull();
    expect(await site.fleet.colibri.show(verified.task ?? '')).toMatchObject({ state: 'done', host: 'debby' });
    expect(verified.steps.filter(({ status }) => status === 'done')).toEqual([]);

    // The machine knows its server from now on, and each step stands in the doctor's report.
    const { checks } = await json(DoctorJson, 'debby', home, 'doctor');
    const named = (name: string) => checks.find((check) => check.name === name);
    for (const name of [
      'server',
      'onboarding',
      'host files',
      'host connection',
      'host probe',
      'host service',
      'host task',
    ]) {
      expect(named(name)).toMatchObject({ status: 'ok' });
    }
    expect(named('host task')?.detail).toContain(verified.task);

    const gone = await json(OffboardJson, 'debby', home, 'offboard', '--yes');
    expect(gone.left).toEqual([]);
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    expect((await site.fleet.colibri.hosts.list()).map(({ name }) => name)).not.toContain('debby');
    for (const { path } of plan.files) expect(existsSync(path)).toBe(false);
    expect(existsSync(join(home, '.local'))).toBe(false);
    expect((await run('debby', home, 'offboard', '--yes')).code).toBe(3);
  }, 240_000);

  test('mends what is broken, changes nothing else, and gives back what was there before [P4]', async () => {
    const home = join(dir, 'own');
    mkdirSync(home, { mode: 0o700 });
    const config = join(home, 'config.toml');
    const mine = '# my own settings\nreprobe = "10m"\n';
    writeFileSync(config, mine);
    writeFileSync(join(home, 'notes.txt'), 'mine');
    const place = ['--home', home, '--no-service'];
    const code = await invite();
    await json(
      OnboardJson,
      'domedog',
      dir,
      'onboard',
      SERVER,
      '--code',
      code,
      '--name',
      'domedog',
      '--slots',
      '1',
      ...place,
    );
    expect(readFileSync(config, 'utf8')).toContain('reprobe = "10m"');
    expect(statSync(config).mode & 0o777).toBe(0o600);
    const written = readFileSync(config, 'utf8');

    chmodSync(config, 0o644);
    rmSync(join(home, 'temporal.toml'));
    const { checks } = DoctorJson.parse(
      JSON.parse((await run('domedog', dir, 'doctor', '--json', '--config', config)).last || '{}'),
    );
    expect(checks.find(({ name }) => name === 'onboarding')?.status).toBe('skipped');
    const mended = await json(OnboardJson, 'domedog', dir, 'onboard', ...place);
    expect(mended.steps.filter(({ status }) => status === 'done')).toEqual([
      { step: 'files', status: 'done', detail: `config.toml and temporal.toml in ${home}` },
    ]);
    expect(statSync(config).mode & 0o777).toBe(0o600);
    expect(readFileSync(config, 'utf8')).toBe(written);
    const kept = await json(OnboardJson, 'domedog', dir, 'onboard', ...place);
    expect(kept.steps.filter(({ status }) => status === 'done')).toEqual([]);
    // Another name, another server: that is another host.
    for (const other of [
      ['--name', 'osa'],
      ['--namespace', 'elsewhere'],
    ]) {
      expect((await run('domedog', dir, 'onboard', ...place, ...other)).code).toBe(4);
    }

    const gone = await json(OffboardJson, 'domedog', dir, 'offboard', '--home', home, '--yes');
    expect(gone.left.sort()).toEqual(['config.toml', 'notes.txt']);
    expect(readFileSync(config, 'utf8')).toBe(mine);
    expect(readdirSync(home).sort()).toEqual(['config.toml', 'notes.txt']);
  }, 240_000);

  test('is refused plainly, and nothing is written [P4] [T2]', async () => {
    const home = emptyHome();
    const soonOver = await invite({ ttlMs: 10_000 });
    const good = await invite({ uses: 100 });
    const used = await invite();
    await site.fleet.colibri.invites.join({ code: used, name: 'osa', joinId: 'another-machine', spend: true });
    await site.startHost('debby', 1);
    const ended = () =>
      site.fleet.colibri.invites
        .list()
        .then((all) => all.find(({ id }) => id === soonOver.slice(0, 4))?.state === 'expired');

    const named = ['--name', 'domedog', '--no-service'];
    const file = join(dir, 'file');
    writeFileSync(file, '');
    const cases: [why: string, code: number, message: string, args: string[]][] = [
      ['no address', 2, 'ADDRESS: say where the server is', named],
      ['no right address', 2, 'is no address', ['a b', ...named]],
      ['no code', 2, '--code: a join code is needed', [SERVER, ...named]],
      ['no right code', 2, 'is no join code', [SERVER, '--code', 'abc', ...named]],
      ['a bad setting', 2, '--slots many', [SERVER, '--code', good, '--slots', 'many', ...named]],
      [
        'an unknown user',
        3,
        'there is no user "nobody-here"',
        [SERVER, '--code', good, '--user', 'nobody-here', ...named],
      ],
      ['a wrong code', 4, 'this code is not right', [SERVER, '--code', `${good.slice(0, 4)}-0000-0000`, ...named]],
      ['a code that was used', 4, 'osa joined by it', [SERVER, '--code', used, ...named]],
      [
        'a name that is taken',
        4,
        'debby is held by another machine',
        [SERVER, '--code', good, '--name', 'debby', '--no-service'],
      ],
      ['no service manager', 4, 'there is no systemd here', [SERVER, '--code', good, '--name', 'domedog']],
      [
        'a folder that cannot be written',
        4,
        'not a folder',
        [SERVER, '--code', good, '--home', join(file, 'x'), ...named],
      ],
      ['a folder of the kernel', 4, 'cannot be written', [SERVER, '--code', good, '--home', '/proc/colibri', ...named]],
      ['a port that is closed', 5, 'no Temporal server answers at', [`${SERVER_IP}:7999`, '--code', good, ...named]],
      ['a server out of reach', 5, 'no Temporal server answers at', ['10.83.0.99:7233', '--code', good, ...named]],
      [
        'a missing namespace',
        3,
        'no namespace "elsewhere"',
        [SERVER, '--code', good, '--namespace', 'elsewhere', ...named],
      ],
    ];
    for (const [why, code, message, args] of cases) {
      const refused = await run('domedog', home, 'onboard', ...args, '--json');
      expect({ why, code: refused.code, text: refused.code === code ? '' : refused.text }).toEqual({
        why,
        code,
        text: '',
      });
      const { error } = ErrorJson.parse(JSON.parse(refused.last));
      expect({ why, message: error.message }).toEqual({ why, message: expect.stringContaining(message) });
      expect({ why, left: readdirSync(home) }).toEqual({ why, left: [] });
    }
    await until('the code expires', ended);
    const late = await run('domedog', home, 'onboard', SERVER, '--code', soonOver, ...named);
    expect({ code: late.code, text: late.text }).toEqual({
      code: 4,
      text: expect.stringContaining('this code expired'),
    });
    expect(readdirSync(home)).toEqual([]);
    // None of these was a use of the code.
    const invites = await site.fleet.colibri.invites.list();
    expect(invites.find(({ id }) => id === good.slice(0, 4))).toMatchObject({
      state: 'open',
      uses: { left: 100 },
      wrong: 1,
    });
  }, 300_000);

  test.each(['files', 'join'])(
    'goes on where an earlier run was killed, after its step %s [P4]',
    async (step) => {
      const home = emptyHome();
      const code = await invite({ name: 'osa' });
      const command = ['onboard', SERVER, '--code', code, '--name', 'osa', '--no-service'];
      const killed = new Program('onboard', colibriCommand(...command), {
        prefix: site.network.on('domedog'),
        env: variables(home),
      });
      await killed.said(new RegExp(`^done +${step} `));
      killed.signal('SIGKILL');
      await killed.exited;
      const folder = join(home, '.local', 'state', 'colibri');
      expect(readdirSync(folder).sort()).toEqual(['config.toml', 'onboarding.json', 'temporal.toml']);
      // The same command again: whether the code was spent or not, this machine is who it was given to.
      const { steps } = await json(OnboardJson, 'domedog', home, ...command);
      expect(steps.find((each) => each.step === 'files')?.status).toBe('kept');
      expect(steps.find((each) => each.step === 'probe')?.status).toBe('ok');
      await json(OffboardJson, 'domedog', home, 'offboard', '--yes');
      expect(existsSync(folder)).toBe(false);
    },
    180_000,
  );
});
