import { ColibriError } from '../client/errors.ts';
import { CATALOG } from './catalog.ts';

/** What an old flag is now: another flag, or an argument (from 0) of the command. `state`: its value is a state's name. */
type OldFlag = { to: string; state?: true } | { argument: number; state?: true };

export interface OldName {
  name: string;
  /** The words of the command that does it now. */
  now: readonly [string] | readonly [string, string];
  /** Old flags that are called otherwise now; all others are handed on as they are. */
  flags: Readonly<Record<string, OldFlag>>;
  /** What to use as long as there is no such command. */
  until?: string;
}

const TASK_ID = { argument: 0 } as const;
const SESSION_ID = { argument: 0 } as const;

/** The commands of the first Colibri and what they are called now: the whole of what is known of them. */
export const OLD_NAMES: readonly OldName[] = [
  {
    name: 'create-task',
    now: ['task', 'submit'],
    flags: { '--capabilities': { to: '--requires' }, '--title': { to: '--name' } },
  },
  {
    name: 'intake-task',
    now: ['task', 'submit'],
    flags: { '--capabilities': { to: '--requires' }, '--title': { to: '--name' } },
  },
  {
    name: 'list-tasks',
    now: ['task', 'list'],
    flags: { '--status': { to: '--state', state: true }, '--capabilities': { to: '--requires' } },
  },
  { name: 'claim-task', now: ['task', 'claim'], flags: { '--task-id': TASK_ID, '--agent-id': { to: '--agent' } } },
  {
    name: 'transition-task',
    now: ['task', 'transition'],
    flags: { '--task-id': TASK_ID, '--status': { argument: 1, state: true }, '--agent-id': { to: '--agent' } },
  },
  { name: 'register-agent', now: ['agent', 'register'], flags: { '--name': { argument: 0 } } },
  { name: 'list-agents', now: ['agent', 'list'], flags: {} },
  { name: 'list-skills', now: ['skill', 'list'], flags: {} },
  {
    name: 'register-skill',
    now: ['skill', 'register'],
    flags: { '--path': { argument: 0 }, '--dir': { argument: 0 } },
  },
  { name: 'spawn-agent', now: ['session', 'spawn'], flags: {}, until: 'submit a task: its attempt starts an agent' },
  {
    name: 'kill-agent',
    now: ['session', 'kill'],
    flags: { '--agent-id': SESSION_ID, '--session-id': SESSION_ID },
    until: '`colibri task cancel ID` ends a task and its agent',
  },
  { name: 'list-sessions', now: ['session', 'list'], flags: {}, until: '`colibri task list --state running`' },
  {
    name: 'get-session',
    now: ['session', 'show'],
    flags: { '--session-id': SESSION_ID },
    until: '`colibri task show ID` and `colibri task logs ID`',
  },
  { name: 'compact-session', now: ['session', 'compact'], flags: { '--session-id': SESSION_ID } },
  { name: 'set-cost-mode', now: ['cost-mode'], flags: { '--mode': { argument: 0 } } },
  { name: 'glasspane-snapshot', now: ['glasspane'], flags: {}, until: '`colibri status`' },
  { name: 'status', now: ['status'], flags: {} },
];

/** Names that states had, to those they have. */
export const OLD_STATES: Readonly<Record<string, string>> = {
  pending: 'queued',
  open: 'queued',
  ready: 'queued',
  assigned: 'claimed',
  started: 'running',
  'in-progress': 'running',
  in_progress: 'running',
  waiting: 'blocked',
  completed: 'done',
  complete: 'done',
  error: 'failed',
  errored: 'failed',
  canceled: 'cancelled',
};

/** Whether the command that does it now is there. */
export function isThere({ now }: OldName): boolean {
  return CATALOG.some(({ path }) => path.join(' ') === now.join(' '));
}

/**
 * A command line under an old name, as it is written now; any other as it is. Nothing after `--` is touched. Throws
 * `refused` for one whose new command is still to come.
 */
export function renewed(argv: readonly string[]): string[] {
  const old = OLD_NAMES.find(({ name }) => name === argv[0]);
  if (old === undefined) return [...argv];
  if (!isThere(old)) {
    throw new ColibriError(
      'refused',
      `\`${old.name}\` becomes \`colibri ${old.now.join(' ')}\`, which this version does not have yet`,
      old.until === undefined ? undefined : `until then: ${old.until}`,
    );
  }
  const end = argv.indexOf('--');
  const given = argv.slice(1, end === -1 ? argv.length : end);
  const { flags, places } = translate(given, old);
  // An argument that was a flag stands where the new command expects it, before those that were arguments already.
  return [...old.now, ...places, ...flags, ...(end === -1 ? [] : argv.slice(end))];
}

function translate(given: readonly string[], old: OldName): { flags: string[]; places: string[] } {
  const flags: string[] = [];
  const places: string[] = [];
  for (let at = 0; at < given.length; at += 1) {
    const word = given[at] ?? '';
    const [name = '', ...rest] = word.split('=');
    const flag = old.flags[name];
    if (flag === undefined) {
      flags.push(word);
      continue;
    }
    let value = rest.length > 0 ? rest.join('=') : given[at + 1];
    if (rest.length === 0) at += 1;
    if (value === undefined) throw new ColibriError('invalid', `${name} of \`${old.name}\` is given no value`);
    if (flag.state) value = OLD_STATES[value] ?? value;
    if ('to' in flag) flags.push(flag.to, value);
    else places[flag.argument] = value;
  }
  return { flags, places: filled(places, flags, old) };
}

/** An argument that was given as such stands where none was given as a flag. */
function filled(places: readonly (string | undefined)[], rest: string[], old: OldName): string[] {
  return Array.from(places, (value, at) => {
    if (value !== undefined) return value;
    const [first] = rest;
    if (first === undefined || first.startsWith('-')) {
      const flag = Object.entries(old.flags).find(([, now]) => 'argument' in now && now.argument === at)?.[0];
      throw new ColibriError('invalid', `\`${old.name}\` is given no ${flag ?? 'argument'}`);
    }
    rest.shift();
    return first;
  });
}

/** The table as docs/old-names.md has it. */
export function oldNamesMarkdown(): string {
  const rows = OLD_NAMES.map(({ name, now, flags }) => {
    const changed = Object.entries(flags).map(([flag, now]) =>
      'to' in now ? `\`${flag}\` → \`${now.to}\`` : `\`${flag}\` → argument ${now.argument + 1}`,
    );
    return `| \`${name}\` | \`${now.join(' ')}\` | ${changed.join(', ')} |`;
  });
  const states = Object.entries(OLD_STATES).map(([was, is]) => `| \`${was}\` | \`${is}\` |`);
  return [
    '| Old name | Now | Flags |',
    '| --- | --- | --- |',
    ...rows,
    '',
    '| Old state | Now |',
    '| --- | --- |',
    ...states,
  ].join('\n');
}
