import type { Command } from 'commander';
import type { LogEvent } from '../../client/logs.ts';
import { wholeNumber } from '../arguments.ts';
import { followLogs } from '../follow.ts';
import type { LogLineJson } from '../json-shapes.ts';
import { eventNote } from '../output/notes.ts';
import { printJson } from '../output/write.ts';
import { outageOnStderr, rawOutput } from '../watchers.ts';
import { withColibri } from '../with-colibri.ts';

interface Options {
  follow?: true;
  attempt?: number;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('-f, --follow', 'go on until the task ends')
    .option('-a, --attempt <N>', 'only this attempt (default: all, one after the other)', wholeNumber(1, 1_000_000))
    .addHelpText(
      'after',
      "\nThe task's stdout goes to stdout and its stderr to stderr, untouched; notes go to stderr.\n",
    )
    .action(logs);
}

async function logs(id: string, options: Options): Promise<void> {
  await withColibri(async (colibri) => {
    const which = options.attempt === undefined ? {} : { attempt: options.attempt };
    const events = options.follow ? followLogs(colibri, id, which, outageOnStderr()) : colibri.logs(id, which);
    const print = options.json ? (line: LogLineJson) => printJson(line) : rawPrinter();
    for await (const line of events) await print(line);
  });
}

/** Raw output, with a line on stderr before each attempt after the first and for whatever else there is to say. */
function rawPrinter(): (line: LogEvent) => Promise<void> {
  const { note, output } = rawOutput();
  let attempt: number | undefined;
  return async (line) => {
    const { event } = line;
    if (line.attempt !== attempt) {
      const where = event.type === 'started' ? ` on ${event.host}` : '';
      if (attempt !== undefined || line.attempt > 1) await note(`--- attempt ${line.attempt}${where} ---`);
      attempt = line.attempt;
    }
    if (event.type === 'output') return output(line);
    if (event.type !== 'started') await note(eventNote(event) ?? '');
  };
}
