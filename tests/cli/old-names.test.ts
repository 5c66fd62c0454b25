import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { findEntry } from '../../cli/catalog.ts';
import { isThere, OLD_NAMES, OLD_STATES, oldNamesMarkdown, renewed } from '../../cli/old-names.ts';
import { buildProgram } from '../../cli/program.ts';
import { TASK_STATES } from '../../schemas/task-state.ts';
import { colibri } from './support.ts';

/** The 17 of the first Colibri. */
const ALL = [
  ...['status', 'glasspane-snapshot', 'set-cost-mode', 'list-sessions', 'get-session', 'compact-session'],
  ...['spawn-agent', 'kill-agent', 'list-tasks', 'create-task', 'transition-task', 'claim-task', 'intake-task'],
  ...['register-agent', 'list-agents', 'list-skills', 'register-skill'],
];

async function commandOf(path: readonly string[]): Promise<Command> {
  let command: Command | undefined = await buildProgram(path);
  for (const word of path) command = command?.commands.find((each) => each.name() === word);
  if (!command) throw new Error(`there is no command ${path.join(' ')}`);
  return command;
}

describe('the table of old names', () => {
  it('has all 17, and the page that tells of them is the table [B6]', () => {
    expect(OLD_NAMES.map(({ name }) => name).sort()).toEqual([...ALL].sort());
    const page = readFileSync(new URL('../../docs/old-names.md', import.meta.url), 'utf8');
    expect(page).toContain(oldNamesMarkdown());
  });

  it.each(OLD_NAMES.filter(isThere).map((old) => [old.name, old] as const))(
    '%s leads to a command that takes what its flags become [B6]',
    async (name, old) => {
      const given = Object.keys(old.flags).flatMap((flag) => [flag, 'value']);
      const argv = renewed([name, ...given]);
      expect(findEntry(argv)?.path).toEqual(old.now);
      const command = await commandOf(old.now);
      for (const flag of Object.values(old.flags)) {
        if ('to' in flag) expect(command.options.map(({ long }) => long)).toContain(flag.to);
        else expect(command.registeredArguments.length).toBeGreaterThan(flag.argument);
      }
    },
  );

  it('says plainly of every other that it is still to come, and exits 4 [B6]', async () => {
    for (const old of OLD_NAMES.filter((each) => !isThere(each))) {
      expect(() => renewed([old.name])).toThrow(
        `\`${old.name}\` becomes \`colibri ${old.now.join(' ')}\`, which this version does not have yet`,
      );
    }
    const away = OLD_NAMES.find((each) => !isThere(each));
    if (away === undefined) return;
    const { code, stdout, stderr } = await colibri([away.name, '--json'], {});
    expect({ code, stdout }).toEqual({ code: 4, stdout: '' });
    expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'refused' } });
  });

  it('leads every old state to one that there is, and none that there is anywhere else [B6]', () => {
    for (const [was, is] of Object.entries(OLD_STATES)) {
      expect(TASK_STATES).toContain(is);
      expect(TASK_STATES).not.toContain(was);
    }
    expect(renewed(['list-tasks', '--status', 'started'])).toEqual(['task', 'list', '--state', 'running']);
    expect(renewed(['list-tasks', '--status=done', '--json'])).toEqual(['task', 'list', '--state', 'done', '--json']);
  });

  it('touches nothing after --, nor any command of today [B6]', () => {
    expect(renewed(['intake-task', '--capabilities', 'docker,linux', '--', 'make', '--capabilities', 'x'])).toEqual([
      'task',
      'submit',
      '--requires',
      'docker,linux',
      '--',
      'make',
      '--capabilities',
      'x',
    ]);
    for (const argv of [['task', 'list'], ['--help'], [], ['status']]) expect(renewed(argv)).toEqual(argv);
  });

  it('takes an argument for a flag that is not given, and names the flag where there is neither [B6] [T2]', () => {
    expect(renewed(['transition-task', 'b2', '--status', 'completed', '--json'])).toEqual([
      ...['task', 'transition', 'b2', 'done', '--json'],
    ]);
    expect(renewed(['transition-task', '--task-id', 'b2', 'done'])).toEqual(['task', 'transition', 'b2', 'done']);
    for (const rest of [[], ['--agent-id', 'ann']]) {
      expect(() => renewed(['transition-task', '--status', 'done', ...rest])).toThrow(
        '`transition-task` is given no --task-id',
      );
    }
  });

  it('refuses a flag without its value [T2]', async () => {
    expect(() => renewed(['list-tasks', '--status'])).toThrow('--status of `list-tasks` is given no value');
    expect(await colibri(['list-tasks', '--status', 'nonsense'], {})).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('queued, parked'),
    });
  });
});

describe('the command line', () => {
  it('names old names in its help in one line, and gives their help [B6]', async () => {
    const { stdout } = await colibri(['--help'], {});
    expect(stdout.split('\n').filter((line) => line.includes('docs/old-names.md'))).toHaveLength(1);
    expect((await colibri(['list-tasks', '--help'], {})).stdout).toContain('Usage: colibri task list');
    expect((await colibri(['help', 'create-task'], {})).stdout).toContain('Usage: colibri task submit');
  });

  it('takes --json before an old name, too [B5]', async () => {
    const { code, stderr } = await colibri(['--json', 'list-tasks'], { TEMPORAL_ADDRESS: '127.0.0.1:9' });
    expect({ code, ...JSON.parse(stderr) }).toMatchObject({ code: 5, error: { code: 'unreachable' } });
  });
});
