import { type Command, Option } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import type { Problem } from '../intake/entry.ts';
import { FORMATS, type Format, formatOfFile } from '../intake/format.ts';
import { openSource } from '../intake/open-source.ts';
import { type Intake, readIntake } from '../intake/read-intake.ts';
import { lineJson, type Result, resultsOf, summaryJson } from '../intake/results.ts';
import { addSkills, submitResults, warn } from '../intake/run-intake.ts';
import type { IntakeLineJson, IntakeSummaryJson } from '../json-shapes.ts';
import { ranges, renderProblems, renderResults, renderSummary, renderWarnings } from '../output/intake.ts';
import { terminalOf } from '../output/terminal.ts';
import { err, out, printJson } from '../output/write.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  format?: Format;
  keyPrefix?: string;
  submitter?: string;
  partial?: true;
  dryRun?: true;
  json?: true;
}

const EXAMPLES = `
Without a file, or with -, tasks are read from stdin. All are checked before any is submitted:
  colibri task intake tasks.md --dry-run
  colibri task intake tasks.jsonl --key-prefix week-47/
  echo '{"command": ["npm", "test"], "key": "tests"}' | colibri task intake
A task with a key is submitted once, however often it is taken in. docs/intake.md shows the formats.
`;

export function define(command: Command): void {
  command
    .addOption(
      new Option('-f, --format <FORMAT>', 'what it is written in (default: told by name or content)').choices(FORMATS),
    )
    .option(
      '--key-prefix <TEXT>',
      'stands before each key; a task without a key is then keyed by what is written of it',
    )
    .option('--submitter <NAME>', 'who submits them (default: your user name)')
    .option('--partial', 'submit those that are valid though others are not')
    .option('--dry-run', 'show what would be submitted')
    .addHelpText('after', EXAMPLES)
    .action(intake);
}

async function intake(file: string | undefined, options: Options): Promise<void> {
  const taken = await readIntake(await openSource(file), {
    format: options.format ?? (file === undefined ? undefined : formatOfFile(file)),
    submitter: options.submitter ?? userName(),
    keyPrefix: options.keyPrefix,
  });
  await refuseInvalid(taken, options);
  if (options.dryRun) return dryRun(taken, options);
  await withColibri(async (colibri) => {
    await addSkills(colibri, taken);
    await refuseInvalid(taken, options);
    await warn(colibri, taken);
    const results = resultsOf(taken, 'not-submitted');
    await tellBefore(taken, results, options);
    const startedAt = Date.now();
    const { exitCode, stopped } = await submitResults(colibri, results, (result) => {
      if (options.json) void printJson<IntakeLineJson>(lineJson(result));
    });
    await tellAfter(taken, results, { ...options, passedMs: Date.now() - startedAt });
    if (exitCode !== null || stopped !== undefined) await tellHowToGoOn(results, options);
    if (stopped !== undefined) throw stopped;
    const trouble = results.some(({ status }) => status === 'failed' || status === 'invalid' || status === 'unsure');
    if (exitCode !== null || trouble) process.exitCode = exitCode ?? 1;
  });
}

/** Says all that is wrong, and throws, unless enough is right to go on. Nothing was submitted. */
async function refuseInvalid(taken: Intake, { json, partial }: Options): Promise<void> {
  const invalid = taken.tasks.filter(({ task }) => task === null).length;
  const bearable = invalid === 0 || (partial && invalid < taken.tasks.length);
  if (taken.fatal.length === 0 && bearable) return;
  const results = resultsOf(taken, 'not-submitted');
  const problems = [...taken.fatal, ...results.flatMap(({ checked }) => checked.problems)];
  if (json) {
    for (const problem of taken.fatal) await printJson<IntakeLineJson>(fatalJson(problem));
    for (const result of results) await printJson<IntakeLineJson>(lineJson(result));
    await printJson<IntakeSummaryJson>(summaryJson(taken, results, false));
  } else await err(renderProblems(problems, terminalOf(process.stderr)));
  const { length } = taken.tasks;
  const tasks = length === 1 ? 'the task is' : `${invalid} of ${length} tasks ${invalid === 1 ? 'is' : 'are'}`;
  const what = `${taken.fatal.length > 0 ? 'the intake is' : tasks} not valid`;
  const hint =
    taken.fatal.length > 0 || partial || invalid === length
      ? 'correct it'
      : 'correct them, or submit the others with --partial';
  throw new ColibriError('invalid', `${what}; nothing was submitted`, hint);
}

function fatalJson(problem: Problem): IntakeLineJson {
  const { line } = problem;
  return { line, status: 'invalid', id: null, key: null, name: null, requires: [], errors: [problem], warnings: [] };
}

async function dryRun(taken: Intake, options: Options): Promise<void> {
  // What would be submitted is known without a server; only its skills, and what may be misspelt, are not.
  await withColibri(async (colibri) => {
    await addSkills(colibri, taken);
    await warn(colibri, taken);
  }).catch((error: unknown) => {
    if (!(error instanceof ColibriError) || error.code !== 'unreachable') throw error;
  });
  await refuseInvalid(taken, options);
  const results = resultsOf(taken, 'would-submit');
  await tellBefore(taken, results, options);
  if (options.json) for (const result of results) await printJson<IntakeLineJson>(lineJson(result));
  await tellAfter(taken, results, options);
  if (results.some(({ status }) => status === 'invalid')) process.exitCode = 1;
}

/** What is wrong or odd, before anything is done. */
async function tellBefore(taken: Intake, results: readonly Result[], { json }: Options): Promise<void> {
  if (json) return;
  const terminal = terminalOf(process.stderr);
  const problems = taken.tasks.flatMap((checked) => checked.problems);
  await err(renderProblems(problems, terminal) + renderWarnings(results, terminal));
}

async function tellAfter(
  taken: Intake,
  results: readonly Result[],
  options: Options & { passedMs?: number },
): Promise<void> {
  const summary = summaryJson(taken, results, options.dryRun === true);
  if (options.json) return printJson<IntakeSummaryJson>(summary);
  const terminal = { ...terminalOf(), nowMs: Date.now() };
  await out(renderResults(results, terminal) + renderSummary(summary));
}

/** After an interruption: what is there, and how the rest gets there. */
async function tellHowToGoOn(results: readonly Result[], { json }: Options): Promise<void> {
  if (json) return;
  const open = results.filter(({ status }) => status === 'not-submitted' || status === 'unsure');
  if (open.length === 0) return;
  const keyed = open.every(({ checked }) => checked.task?.spec.key !== undefined);
  await err(
    keyed
      ? 'Give the same again to go on: what has been submitted is not started twice.\n'
      : `${standing(results)}\nWithout keys the same given again would start all anew: take out what is submitted. ` +
          '--key-prefix gives keys.\n',
  );
}

/** Which lines are submitted and which not; which tasks by their number, where several share a line. */
function standing(results: readonly Result[]): string {
  const lines = results.map(({ checked }) => checked.line);
  const byLine = new Set(lines).size === lines.length;
  const those = (...statuses: Result['status'][]) =>
    ranges(
      results.flatMap(({ status }, at) => (statuses.includes(status) ? [byLine ? (lines[at] ?? 0) : at + 1] : [])),
    );
  const unsure = those('unsure');
  const what = byLine ? 'lines' : 'tasks';
  const submitted = those('submitted', 'existing') || 'none';
  return `Submitted ${what}: ${submitted}. Not: ${those('not-submitted') || 'none'}.${unsure && ` Not known: ${unsure}.`}`;
}
