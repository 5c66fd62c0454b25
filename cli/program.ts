import type { Command, CommanderError } from 'commander';
import { ColibriError } from '../client/errors.ts';
import { nearest } from '../schemas/nearest.ts';
import { version } from '../workers/version.ts';
import type { CatalogEntry } from './catalog/entry.ts';
import { CATALOG, findEntry, GROUPS } from './catalog.ts';
import { actAs } from './credentials.ts';
import { UsageError } from './errors.ts';
import { HelpfulCommand, helpWidth } from './help.ts';

const EXAMPLES = `
Begin with:
  colibri dev                                            (in one terminal)
  colibri task submit --requires linux --wait -- uname   (in another)
The old names (intake-task, claim-task, list-tasks, ...) work, too: docs/old-names.md.
`;

/** The whole command line; only the command that `argv` names has its options loaded. */
export async function buildProgram(argv: readonly string[]): Promise<Command> {
  const named = findEntry(argv);
  const program: Command = new HelpfulCommand('colibri');
  program
    .description('Runs coding-agent work over a few unlike hosts: each task waits for a host that can truly do it.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', EXAMPLES)
    .configureHelp({ helpWidth: helpWidth(), sortSubcommands: false })
    // Errors are thrown, and printed in one place.
    .configureOutput({ outputError: () => {} })
    .helpCommand(false)
    .enablePositionalOptions();
  throwUsage(program);
  const groups = new Map(Object.entries(GROUPS).map(([name, summary]) => [name, group(program, name, summary)]));
  for (const entry of CATALOG) {
    const [noun, verb] = entry.path;
    const parent = verb === undefined ? program : groups.get(noun);
    if (parent) await addCommand(parent, entry, entry === named);
  }
  return orderAsInCatalog(program);
}

async function addCommand(parent: Command, entry: CatalogEntry, load: boolean): Promise<void> {
  const command = parent.command(entry.path.at(-1) ?? '').summary(entry.summary);
  command.description(sentence(entry.summary));
  throwUsage(command);
  if (entry.args !== undefined) command.arguments(entry.args);
  if (load) (await entry.load()).define(command);
  if (entry.path[0] === 'task') addAgentOption(command);
  command.option('--json', 'print JSON');
}

/**
 * One option and one place for as whom a command on tasks acts, so that none can forget to ask. It is called otherwise
 * where `--agent` picks whose tasks are meant.
 */
function addAgentOption(command: Command): void {
  const isTaken = command.options.some(({ long }) => long === '--agent');
  const name = isTaken ? 'as' : 'agent';
  command
    .option(`--${name} <NAME>`, 'act as this agent (default: COLIBRI_AGENT, else as an operator)')
    .hook('preAction', (_, action) => actAs(action.opts<Record<string, string | undefined>>()[name]));
}

function group(program: Command, name: string, summary: string): Command {
  const command = program.command(name).summary(summary).description(sentence(summary));
  return throwUsage(command.helpCommand(false).enablePositionalOptions());
}

function sentence(summary: string): string {
  return `${summary.charAt(0).toUpperCase()}${summary.slice(1)}.`;
}

function throwUsage(command: Command): Command {
  command.exitOverride((error: CommanderError) => {
    // Help and version are no errors: the caller knows them by their exit code.
    if (error.exitCode === 0) throw error;
    throw new UsageError(error, pathOf(command));
  });
  return command;
}

function pathOf(command: Command): string {
  return command.parent ? `${pathOf(command.parent)} ${command.name()}` : command.name();
}

/** Groups were added first; a reader finds the commands in the order of the catalog. */
function orderAsInCatalog(program: Command): Command {
  const order = [...new Set(CATALOG.map(({ path }) => path[0]))];
  (program.commands as Command[]).sort((a, b) => order.indexOf(a.name()) - order.indexOf(b.name()));
  return program;
}

/** For a word that is no command: a verb given without its noun, or one nearly right. */
export function unknownCommand(word: string): ColibriError {
  const commands = CATALOG.map(({ path }) => path.join(' '));
  const meant = commands.filter((command) => command.split(' ').at(-1) === word);
  const nouns = [...new Set(CATALOG.map(({ path }) => path[0]))];
  const near = meant.length > 0 ? meant : nearest(word, nouns, 2);
  const hint =
    near.length > 0
      ? `did you mean ${near.map((name) => `\`colibri ${name}\``).join(' or ')}?`
      : 'see `colibri --help`';
  return new ColibriError('invalid', `unknown command '${word}'`, hint);
}
