import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { CATALOG } from '../../cli/catalog.ts';
import { ConfigJson, ErrorJson } from '../../cli/json-shapes.ts';
import { buildProgram } from '../../cli/program.ts';
import { version } from '../../workers/version.ts';
import { type WarmProgram, warmProgram } from '../support/warm-program.ts';
import { colibri, type Ran } from './support.ts';

let home: string;
let program: WarmProgram;
beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'usage-'));
  program = warmProgram();
});
afterEach(() => {
  vi.unstubAllEnvs();
});
afterAll(async () => {
  await program?.close();
  rmSync(home, { recursive: true });
});

/** Nothing listens on port 9 of a machine that runs tests. */
const environment = () => ({ COLIBRI_HOME: home, TEMPORAL_ADDRESS: '127.0.0.1:9' });

function run(...args: string[]): Promise<Ran> {
  return colibri(args, environment());
}

/** As `run`, without a process of its own. */
function say(...args: readonly string[]): Promise<Ran> {
  return program.colibri(args, environment());
}

describe('the command line', () => {
  it('prints help, and its version, on stdout with exit code 0 [B5]', async () => {
    const help = await run('--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    for (const { path } of CATALOG) expect(help.stdout).toContain(`  ${path[0]}`);
    expect((await run()).stdout).toBe(help.stdout);
    expect((await run('--version')).stdout).toBe(`${version}\n`);
    expect(await run('help', 'task', 'list')).toEqual(await run('task', 'list', '--help'));
  });

  it('has help and --json for every command [B5]', async () => {
    for (const { path, summary } of CATALOG) {
      let command: Command | undefined = await buildProgram(path);
      for (const word of path) command = command?.commands.find((each) => each.name() === word);
      const help = command?.helpInformation() ?? '';
      expect(help).toContain(`Usage: colibri ${path.join(' ')} [options]`);
      expect(help).toContain('--json');
      expect(help.toLowerCase().replaceAll(/\s+/g, ' ')).toContain(summary.toLowerCase());
    }
  });

  it.each([
    [['tsk', 'list'], 'did you mean `colibri task`?'],
    [['submit'], 'did you mean `colibri task submit`'],
    [['task', 'sbmit'], 'did you mean submit?'],
    [['task', 'submit', '--requirs', 'a'], 'did you mean --requires?'],
    [['frobnicate'], 'see `colibri --help`'],
    [['task'], 'name one of its commands: submit, intake, list'],
    [['task', 'show'], 'see `colibri task show --help`'],
    [['task', 'show', 'a', 'b'], 'too many arguments'],
  ])('exits 2 for %j and says what may have been meant [T2]', async (args, hint) => {
    const { code, stdout, stderr } = await say(...args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toMatch(/^error: /);
    expect(stderr).toContain(hint);
  });

  it.each([
    [['task', 'submit'], 'there is no command to run'],
    [['task', 'submit', '--requires', 'a b', '--', 'x'], '"a b": a tag has only'],
    [['task', 'submit', '--priority', '9', '--', 'x'], 'error: --priority 9: give a whole number from 1 to 5\n'],
    [['task', 'submit', '--limit', 'foo', '--', 'x'], 'error: --limit foo: write it as KEY=N, like repo:x=2\n'],
    [['task', 'submit', '--input', 'a=b', '--', 'x'], '--input: name the skill that it is for'],
    [['task', 'submit', '--name'], 'error: --name: it needs a value\n'],
    [['task', 'next', '--wait', 'abc'], 'error: --wait: "abc" is no duration'],
    [['task', 'submit', '--env', 'NOVALUE', '--', 'x'], 'NAME=VALUE'],
    [['task', 'submit', 'echo', '-n', 'hi'], 'whether -n is meant for the task or for its command'],
    [['task', 'list', '--state', 'dne'], 'error: --state dne: give one of queued, parked'],
    [['task', 'list', '--limit', '0'], 'from 1 to 1000'],
    [['worker', 'host', '--slots', 'many'], '--slots many: give a whole number'],
  ])('exits 2 for %j before it talks to the server [T2]', async (args, message) => {
    const { code, stderr } = await say(...args);
    expect(code).toBe(2);
    expect(stderr).toContain(message);
  });

  it('shows what cannot be seen of a bad value, and not the whole of a long one [T2]', async () => {
    const { stderr } = await run('task', 'submit', '--requires', 'a\u001b[31mb', '--', 'x');
    expect(stderr).toContain('--requires: "a\\x1b[31mb": a tag has only');
    const long = await run('task', 'submit', '--requires', 'x'.repeat(100_000), '--', 'x');
    expect(long.stderr).toMatch(/^error: --requires: "x{60}…": a tag has at most 64 characters\n/);
    const json = await run('task', 'list', '--state', 'y'.repeat(100_000), '--json');
    expect(JSON.parse(json.stderr).error.message).toMatch(/^--state y{60}…: give one of/);
  });

  it('keeps all help within 80 columns [B5]', async () => {
    vi.stubEnv('COLUMNS', '80');
    for (const path of [[], ...CATALOG.map((entry) => entry.path)]) {
      let command: Command | undefined = await buildProgram(path);
      for (const word of path) command = command?.commands.find((each) => each.name() === word);
      let help = '';
      command?.configureOutput({ writeOut: (text) => (help += text) });
      command?.outputHelp();
      expect(help).toContain('--help');
      expect(help.split('\n').filter((line) => line.length > 80)).toEqual([]);
    }
  });

  it('exits 5 at once where nothing listens, and says how to start a server [B5]', async () => {
    const { code, stderr } = await run('task', 'list');
    expect(code).toBe(5);
    expect(stderr).toContain('no Temporal server answers at 127.0.0.1:9');
    expect(stderr).toContain('colibri server');
  });

  it('prints errors as JSON with --json, wherever that stands [B5]', async () => {
    for (const args of [
      ['task', 'list', '--json'],
      ['--json', 'task', 'list'],
      ['tsk', '--json'],
    ]) {
      const { stdout, stderr } = await say(...args);
      expect(stdout).toBe('');
      expect(ErrorJson.parse(JSON.parse(stderr)).error.hint).not.toBeNull();
    }
    // After -- it belongs to the task's command.
    expect((await run('task', 'list', '--', '--json')).stderr).toMatch(/^error: /);
  });

  it('prints the settings with where each comes from [P4]', async () => {
    const { stdout } = await run('config', '--slots', '3', '--json');
    const { settings, server } = ConfigJson.parse(JSON.parse(stdout));
    expect(settings.find(({ key }) => key === 'slots')).toMatchObject({ value: 3, from: 'flag', name: '--slots' });
    expect(settings.find(({ key }) => key === 'home')).toMatchObject({
      value: home,
      from: 'variable',
      name: 'COLIBRI_HOME',
    });
    expect(server).toEqual({ address: '127.0.0.1:9', namespace: 'default' });
    expect((await run('config')).stdout).toMatch(/^lease +30s +default$/m);
  });

  it('ends quietly when its reader goes away [B5]', async () => {
    const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
    const command = `for i in 1 2 3 4 5; do "${process.execPath}" "${main}" task submit --help; done | head -n 1`;
    const { stdout, stderr } = await promisify(execFile)('/bin/sh', ['-c', command]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^Usage: colibri task submit/);
  });
});
