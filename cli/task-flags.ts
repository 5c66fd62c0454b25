import type { Command } from 'commander';
import { ColibriError } from '../client/errors.ts';
import type { TaskSpecInput } from '../schemas/task.ts';
import { alternative, limit, tags, variables, wholeNumber } from './arguments.ts';
import { commandLine } from './output/text.ts';
import { userName } from './with-colibri.ts';

/** What a command line says of a task, but for its command. */
export interface TaskFlags {
  requires?: string[];
  prefers?: string[];
  preferWait?: string;
  alternative?: { requires: string[]; afterMs: string }[];
  host?: string;
  limit?: { key: string; max: number };
  skill?: string;
  input?: Record<string, string>;
  name?: string;
  timeout?: string;
  totalTimeout?: string;
  silence?: string;
  grace?: string;
  lease?: string;
  env?: Record<string, string>;
  cwd?: string;
  shell?: true;
  priority?: number;
  project?: string;
  submitter?: string;
  maxAttempts?: number;
  retryDelay?: string;
}

/** The options of every command that takes a task. */
export function addTaskFlags(command: Command): Command {
  return command
    .option('-r, --requires <TAGS>', 'tags that a host must have, all of them, separated by commas', tags)
    .option('--prefers <TAGS>', 'tags by which hosts that have all required ones are ranked', tags)
    .option('--prefer-wait <TIME>', 'how long hosts that rank higher may keep it from others (default: 2s)')
    .option('--alternative <TAGS@TIME>', 'tags that will do as well after so long; may be given again', alternative)
    .option('--host <NAME>', 'the one host that may run it')
    .option('--limit <KEY=N>', 'at most so many tasks with this key run at once, wherever they run', limit)
    .option('--skill <NAME>', 'run this skill; the command then is its arguments (see `colibri skill list`)')
    .option('-i, --input <NAME=VALUE>', 'give the skill an input; may be given again', variables)
    .option('-n, --name <TEXT>', 'name for people (default: the command)')
    .option('--timeout <TIME>', 'longest run of one attempt, like 30m (default: no limit)')
    .option('--total-timeout <TIME>', 'longest time from now to its end, waiting included (default: no limit)')
    .option('--silence <TIME>', 'an attempt that prints nothing for so long is ended (default: no limit)')
    .option('--grace <TIME>', 'time between TERM and KILL when it is ended (default: 5s)')
    .option('--lease <TIME>', "how long its host may be silent before it goes elsewhere (default: the host's)")
    .option('-e, --env <NAME=VALUE>', 'environment variable; may be given again', variables)
    .option('--cwd <DIR>', 'absolute folder on the host (default: an empty one of its own)')
    .option('--shell', 'give the command, as one line, to /bin/sh -c')
    .option('--priority <N>', '1 (first) to 5 (last) (default: 3)', wholeNumber(1, 5))
    .option('--project <NAME>', 'project that it belongs to')
    .option('--submitter <NAME>', 'who submits it (default: your user name)')
    .option('--max-attempts <N>', 'how many attempts may fail by its own fault (default: 1)', wholeNumber(1, 100))
    .option('--retry-delay <TIME>', 'wait after the first such failure, doubled with each further one (default: 1s)');
}

/** `submit echo -n hi`: whose option is -n? Guessing wrong would run something else than was meant, elsewhere. */
export function refuseAmbiguous(path: string, words: readonly string[]): void {
  if (process.argv.includes('--')) return;
  const option = words.find((word) => word.startsWith('-'));
  if (option === undefined) return;
  throw new ColibriError(
    'invalid',
    `it is not clear whether ${option} is meant for the task or for its command`,
    `put options first, then --, then the command: colibri ${path} -- ${commandLine(words)}`,
  );
}

/** The task that a command line describes. `path`: the command that was given it. */
export function specFrom(path: string, command: string[], options: TaskFlags): TaskSpecInput {
  if (command.length === 0 && options.skill === undefined) {
    throw new ColibriError('invalid', 'there is no command to run', `write it after --: colibri ${path} -- echo hello`);
  }
  if (options.input !== undefined && options.skill === undefined) {
    throw new ColibriError('invalid', '--input: name the skill that it is for, with --skill NAME');
  }
  const { requires, skill, name, timeout, grace, lease, env, cwd, shell, priority, project, maxAttempts } = options;
  const { prefers, preferWait, alternative: alternatives, host, limit, totalTimeout, silence, retryDelay } = options;
  const given = {
    ...{ requires, skill, name, timeout, grace, lease, env, cwd, shell, priority, project, maxAttempts },
    ...{ prefers, preferWait, alternatives, host, limit, totalTimeout, silence, retryDelay },
  };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const inputs = options.input === undefined ? {} : { skillInputs: options.input };
  return { ...set, ...inputs, command, submitter: options.submitter ?? userName() };
}
