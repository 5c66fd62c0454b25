import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import type { TaskSpecInput } from '../../schemas/task.ts';
import { tags, variables, wholeNumber } from '../arguments.ts';
import { leaveOnInterrupt } from '../interrupt.ts';
import type { TaskSubmitJson } from '../json-shapes.ts';
import { terminalOf } from '../output/terminal.ts';
import { commandLine, oneLine } from '../output/text.ts';
import { err, out, printJson } from '../output/write.ts';
import { jsonWatcher, rawWatcher } from '../watchers.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  requires?: string[];
  skill?: string;
  input?: Record<string, string>;
  name?: string;
  timeout?: string;
  grace?: string;
  lease?: string;
  env?: Record<string, string>;
  cwd?: string;
  shell?: true;
  priority?: number;
  project?: string;
  submitter?: string;
  maxAttempts?: number;
  id?: string;
  key?: string;
  wait?: true;
  json?: true;
}

const EXAMPLES = `
Write -- before the command, so that its options are its own:
  colibri task submit --requires linux,docker -- docker run --rm alpine uname -a
  colibri task submit --name tests --timeout 30m --wait -- npm test
  colibri task submit --skill tmux-screenshot
  colibri task submit --skill echo --input greeting=hello --wait
With --wait the exit code is 0 when the task is done, 1 when it failed or was cancelled.
`;

export function define(command: Command): void {
  command
    .usage('[options] -- COMMAND [ARG...]')
    .option('-r, --requires <TAGS>', 'tags that a host must have, all of them, separated by commas', tags)
    .option('--skill <NAME>', 'run this skill; the command then is its arguments (see `colibri skill list`)')
    .option('-i, --input <NAME=VALUE>', 'give the skill an input; may be given again', variables)
    .option('-n, --name <TEXT>', 'name for people (default: the command)')
    .option('--timeout <TIME>', 'longest run of one attempt, like 30m (default: no limit)')
    .option('--grace <TIME>', 'time between TERM and KILL when it is ended (default: 5s)')
    .option('--lease <TIME>', "how long its host may be silent before it goes elsewhere (default: the host's)")
    .option('-e, --env <NAME=VALUE>', 'environment variable; may be given again', variables)
    .option('--cwd <DIR>', 'absolute folder on the host (default: an empty one of its own)')
    .option('--shell', 'give the command, as one line, to /bin/sh -c')
    .option('--priority <N>', '1 (first) to 5 (last) (default: 3)', wholeNumber(1, 5))
    .option('--project <NAME>', 'project that it belongs to')
    .option('--submitter <NAME>', 'who submits it (default: your user name)')
    .option('--max-attempts <N>', 'how many attempts may fail by its own fault (default: 1)', wholeNumber(1, 100))
    .option('--id <ID>', 'id of the task (default: a new one)')
    .option('--key <KEY>', 'your own name for it: submitted again with the same key, nothing is started')
    .option('-w, --wait', 'print its output, and wait until it ends')
    .addHelpText('after', EXAMPLES)
    // After the first word of the command nothing is ours any more.
    .passThroughOptions()
    .action((words: string[], options: Options) => {
      if (!process.argv.includes('--')) refuseAmbiguous(words);
      return submit(words, options);
    });
}

/** `submit echo -n hi`: whose option is -n? Guessing wrong would run something else than was meant, elsewhere. */
function refuseAmbiguous(words: readonly string[]): void {
  const option = words.find((word) => word.startsWith('-'));
  if (option === undefined) return;
  throw new ColibriError(
    'invalid',
    `it is not clear whether ${option} is meant for the task or for its command`,
    `put options first, then --, then the command: colibri task submit -- ${commandLine(words)}`,
  );
}

async function submit(command: string[], options: Options): Promise<void> {
  const spec = specFrom(command, options);
  await withColibri(async (colibri) => {
    const submitted = await colibri.submit(spec, options.id === undefined ? {} : { id: options.id });
    if (!options.wait) return print(submitted, options);
    const { id } = submitted;
    if (options.json) await printJson({ submitted });
    else await err(submitted.existing ? `already there: ${id}\n` : `submitted ${id}\n`);
    const note = `${id} goes on. Follow it: colibri task watch ${id}   End it: colibri task cancel ${id}`;
    const { watchTask } = await import('../watch-task.ts');
    const watcher = options.json ? jsonWatcher() : rawWatcher();
    const view = await leaveOnInterrupt(note, () => watchTask(colibri, id, watcher));
    if (options.json) await printJson({ task: view });
    else if (view.state !== 'done') await err(`${view.state}: ${oneLine(view.failure?.message ?? '')}\n`);
    if (view.state !== 'done') process.exitCode = 1;
  });
}

async function print(submitted: TaskSubmitJson, { json }: Options): Promise<void> {
  if (json) return printJson(submitted);
  const { paint } = terminalOf();
  if (submitted.existing) await out(`already there: ${paint.bold(submitted.id)}, ${submitted.state}\n`);
  else await out(`submitted ${paint.bold(submitted.id)} on ${submitted.route}\n`);
  await out(paint.dim(`follow it: colibri task watch ${submitted.id}\n`));
}

function specFrom(command: string[], options: Options): TaskSpecInput {
  if (command.length === 0 && options.skill === undefined) {
    throw new ColibriError(
      'invalid',
      'there is no command to run',
      'write it after --: colibri task submit -- echo hello',
    );
  }
  const { requires, skill, name, timeout, grace, lease, env, cwd, shell, priority, project, maxAttempts, key } =
    options;
  const given = { requires, skill, name, timeout, grace, lease, env, cwd, shell, priority, project, maxAttempts, key };
  const set = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  return {
    ...set,
    ...(options.input && { skillInputs: options.input }),
    command,
    submitter: options.submitter ?? userName(),
  };
}
