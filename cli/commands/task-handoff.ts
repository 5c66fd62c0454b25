import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { tags } from '../arguments.ts';
import type { TaskShowJson } from '../json-shapes.ts';
import { renderMoved } from '../output/moved.ts';
import { answer } from '../output/print.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  to?: string;
  requires?: string[];
  notes?: string;
  branch?: string;
  json?: true;
}

const NOTES = `
An agent that runs on a host is ended first. The next one reads notes and branch in \`colibri task show\`, or in the file
that COLIBRI_CONTEXT names.
`;

export function define(command: Command): void {
  command
    .option('--to <AGENT>', 'the agent that is to have it; nobody else may take it then')
    .option('-r, --requires <TAGS>', 'tags that it asks for from now on, separated by commas', tags)
    .option('--notes <TEXT>', 'what the next one should know')
    .option('--branch <NAME>', 'where the work stands')
    .addHelpText('after', NOTES)
    .action(handOff);
}

async function handOff(id: string, { json, ...options }: Options): Promise<void> {
  const { to, requires, notes, branch } = options;
  if (notes === undefined)
    throw new ColibriError('invalid', 'notes: say what the next one should know, with --notes TEXT');
  if (to === undefined && requires === undefined) {
    throw new ColibriError('invalid', 'to: say who is to have it, with --to AGENT or --requires TAGS');
  }
  await withColibri(async (colibri) => {
    const view = await colibri.board.handOff(id, { to, requires, notes, branch }, userName());
    await answer<TaskShowJson>(view, json ? { json } : {}, renderMoved);
  });
}
