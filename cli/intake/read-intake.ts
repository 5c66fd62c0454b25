import { type Checked, type CheckOptions, checkDefaults, checker } from './check.ts';
import { type Broken, type Entry, MAX_TASK_BYTES, MAX_TASKS, type Problem, problem, type ReadResult } from './entry.ts';
import { type Format, formatOfFirstLine, formatOfText } from './format.ts';
import { readJson, readJsonLine, tooLong } from './json.ts';
import { readMarkdown } from './markdown.ts';
import { IntakeTooLarge, readLines } from './read-lines.ts';
import { readYaml } from './yaml.ts';

/** A whole intake, read and checked, in the order in which it is written. */
export interface Intake {
  format: Format;
  tasks: Checked[];
  /** What is wrong with the text as a whole or the defaults of all tasks: then none can be submitted. */
  fatal: Problem[];
  leftOut: number;
}

/** Reads and checks all that a stream holds. JSON lines are read one by one as they come, the other formats as a whole. */
export async function readIntake(
  chunks: AsyncIterable<Uint8Array>,
  options: CheckOptions & { format: Format | undefined },
): Promise<Intake> {
  const intake: Intake = { format: options.format ?? 'jsonl', tasks: [], fatal: [], leftOut: 0 };
  const check = checker(options);
  const lines: string[] = [];
  let { format } = options;
  try {
    for await (const line of readLines(chunks)) {
      if (format === undefined && (line.text ?? '').trim() !== '')
        format = formatOfFirstLine(line.text ?? '') ?? 'yaml';
      if (format === 'jsonl') addJsonLine(intake, readJsonLine(line), check);
      else if (line.text === null) intake.fatal.push(problem({ line: line.number, column: null }, 'is not UTF-8'));
      else if (format !== 'json' && line.bytes > MAX_TASK_BYTES) {
        intake.fatal.push(problem({ line: line.number, column: null }, tooLong(line.bytes)));
      } else lines.push(line.text);
      if (intake.tasks.length > MAX_TASKS) break;
    }
  } catch (error) {
    if (!(error instanceof IntakeTooLarge)) throw error;
    intake.fatal.push(problem({ line: error.line, column: null }, error.message));
  }
  if (options.format === undefined && format === 'yaml') format = formatOfText(lines);
  intake.format = format ?? 'jsonl';
  if (format !== 'jsonl' && intake.fatal.length === 0) readWhole(intake, lines.join('\n'), check);
  finish(intake);
  return intake;
}

function addJsonLine(intake: Intake, read: { entry?: Entry; broken?: Broken }, check: (entry: Entry) => Checked) {
  if (read.entry) intake.tasks.push(check(read.entry));
  if (read.broken) intake.tasks.push(unread(read.broken));
}

function readWhole(intake: Intake, text: string, check: (entry: Entry) => Checked): void {
  const result = readText(text, intake);
  intake.leftOut = result.leftOut;
  if (intake.fatal.length > 0) return;
  intake.tasks.push(...result.broken.map(unread), ...result.entries.map(check));
  intake.tasks.sort((a, b) => a.line - b.line);
}

function readText(text: string, intake: Intake): ReadResult {
  if (intake.format === 'json') return readJson(text);
  if (intake.format === 'yaml') return readYaml(text);
  const result = readMarkdown(text);
  // A fault of the defaults would be one of every task.
  intake.fatal.push(...result.frontProblems);
  if (result.defaults) intake.fatal.push(...checkDefaults(result.defaults));
  return result;
}

/** What could not be read as a task, in the place of the task. */
function unread({ line, problems }: Broken): Checked {
  return { line, task: null, problems, warnings: [] };
}

function finish(intake: Intake): void {
  const { tasks, fatal, leftOut } = intake;
  if (tasks.length > MAX_TASKS) {
    const place = { line: tasks[MAX_TASKS]?.line ?? 1, column: null };
    fatal.push(problem(place, `more than ${MAX_TASKS.toLocaleString('en')} tasks: give them in several intakes`));
  }
  if (tasks.length === 0 && fatal.length === 0 && leftOut === 0) {
    fatal.push(problem({ line: 1, column: null }, 'there is no task in it'));
  }
}
