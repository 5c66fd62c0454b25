import { setTimeout } from 'node:timers/promises';
import type { Command } from 'commander';
import type { Colibri } from '../../client/colibri.ts';
import { nearestHint } from '../../client/nearest-hint.ts';
import type { TaskSpecInput } from '../../schemas/task.ts';
import { tagWarning } from '../intake/tag-warnings.ts';
import { leaveOnInterrupt } from '../interrupt.ts';
import type { TaskSubmitJson } from '../json-shapes.ts';
import { terminalOf } from '../output/terminal.ts';
import { oneLine } from '../output/text.ts';
import { err, out, printJson } from '../output/write.ts';
import { addTaskFlags, refuseAmbiguous, specFrom, type TaskFlags } from '../task-flags.ts';
import { jsonWatcher, rawWatcher } from '../watchers.ts';
import { withColibri } from '../with-colibri.ts';

interface Options extends TaskFlags {
  id?: string;
  key?: string;
  wait?: true;
  json?: true;
}

/** A word of warning is not worth a longer wait. */
const FLEET_WITHIN_MS = 1_500;

const EXAMPLES = `
Write -- before the command, so that its options are its own:
  colibri task submit --requires linux,docker -- docker run --rm alpine uname -a
  colibri task submit --name tests --timeout 30m --wait -- npm test
  colibri task submit --skill tmux-screenshot
  colibri task submit --requires zfs --alternative linux@10m -- ./build.sh
  colibri task submit --skill echo --input greeting=hello --wait
With --wait the exit code is 0 when the task is done, 1 when it failed or was cancelled.
`;

export function define(command: Command): void {
  addTaskFlags(command.usage('[options] -- COMMAND [ARG...]'))
    .option('--id <ID>', 'id of the task (default: a new one)')
    .option('--key <KEY>', 'your own name for it: submitted again with the same key, nothing is started')
    .option('-w, --wait', 'print its output, and wait until it ends')
    .addHelpText('after', EXAMPLES)
    // After the first word of the command nothing is ours any more.
    .passThroughOptions()
    .action((words: string[], options: Options) => {
      refuseAmbiguous('task submit', words);
      return submit(words, options);
    });
}

async function submit(command: string[], options: Options): Promise<void> {
  const { key } = options;
  const spec = { ...specFrom('task submit', command, options), ...(key !== undefined && { key }) };
  await withColibri(async (colibri) => {
    const submitted = await colibri.submit(spec, options.id === undefined ? {} : { id: options.id });
    if (!options.json) await warnOfTypos(colibri, spec);
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

/** A task may well wait for a host that is still to come: what is misspelt is told, and refused no more than that. */
async function warnOfTypos(colibri: Colibri, { requires = [], host }: TaskSpecInput): Promise<void> {
  if (requires.length === 0 && host === undefined) return;
  // The task is submitted whoever answers: the fleet may be away, or late.
  const late = setTimeout(FLEET_WITHIN_MS, null, { ref: false });
  const fleet = await Promise.race([colibri.fleet().catch(() => null), late]);
  if (fleet === null) return;
  const { hosts } = fleet;
  const names = hosts.map(({ name }) => name);
  const strange =
    host === undefined || names.includes(host) ? null : `there is no host "${host}"; ${nearestHint(host, names)}`;
  for (const warning of [...requires.map((tag) => tagWarning(tag, hosts)), strange]) {
    if (warning !== null) await err(`warning: ${oneLine(warning)}\n`);
  }
}

async function print(submitted: TaskSubmitJson, { json }: Options): Promise<void> {
  if (json) return printJson(submitted);
  const { paint } = terminalOf();
  if (submitted.existing) await out(`already there: ${paint.bold(submitted.id)}, ${submitted.state}\n`);
  else await out(`submitted ${paint.bold(submitted.id)} on ${submitted.route}\n`);
  await out(paint.dim(`follow it: colibri task watch ${submitted.id}\n`));
}
