import { ColibriError } from '../client/errors.ts';
import { CATALOG, findEntry, GROUPS } from './catalog.ts';
import { printError } from './errors.ts';
import { renewed } from './old-names.ts';
import { buildProgram, unknownCommand } from './program.ts';

/** Runs one command line (without node and script) and gives the exit code. Errors are printed, never thrown. */
export async function run(given: readonly string[]): Promise<number> {
  let argv = [...given];
  try {
    argv = normalise(given);
    refuseHalfCommands(argv);
    const program = await buildProgram(argv);
    if (argv.length === 0) {
      program.outputHelp();
      return 0;
    }
    await program.parseAsync(argv, { from: 'user' });
    return typeof process.exitCode === 'number' ? process.exitCode : 0;
  } catch (error) {
    if (isHelp(error)) return 0;
    return printError(error, { json: wantsJson(argv) });
  }
}

/** `help task submit` means `task submit --help`; `--json` may stand before the command as well; old names are renewed. */
function normalise(given: readonly string[]): string[] {
  if (given[0] === 'help') return renewed([...given.slice(1), '--help']);
  if (given[0] !== '--json' || given.length === 1) return renewed(given);
  const words = renewed(given.slice(1));
  const length = findEntry(words)?.path.length ?? 0;
  return length === 0 ? words : [...words.slice(0, length), '--json', ...words.slice(length)];
}

/** A noun alone, or a word that is none: commander would print help as if nothing were wrong. */
function refuseHalfCommands(argv: readonly string[]): void {
  const [noun, verb] = argv;
  if (noun === undefined || noun.startsWith('-') || findEntry(argv)) return;
  if (!(noun in GROUPS)) throw unknownCommand(noun);
  if (verb !== undefined && verb !== '--json') return;
  const verbs = CATALOG.filter(({ path }) => path[0] === noun).map(({ path }) => path[1]);
  throw new ColibriError(
    'invalid',
    `\`colibri ${noun}\` alone does nothing`,
    `name one of its commands: ${verbs.join(', ')}`,
  );
}

function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end === -1 ? argv.length : end).includes('--json');
}

function isHelp(error: unknown): boolean {
  const { code, exitCode } = error as { code?: unknown; exitCode?: unknown };
  return typeof code === 'string' && code.startsWith('commander.') && exitCode === 0;
}
