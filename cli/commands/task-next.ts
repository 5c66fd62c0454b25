import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { duration } from '../../schemas/duration.ts';
import { actingAgent } from '../acting-agent.ts';
import { answerGrant } from '../answer-grant.ts';
import { checked } from '../arguments.ts';
import { addInputsOption, checkInputsFolder, type InputsOption } from '../inputs-folder.ts';
import { withColibri } from '../with-colibri.ts';

interface Options extends InputsOption {
  wait?: string;
  json?: true;
}

const Wait = duration({ minMs: 0, maxMs: 86_400_000 });

export function define(command: Command): void {
  addInputsOption(command)
    .option('-w, --wait <TIME>', 'wait for one for so long, like 5m', checked(Wait))
    .addHelpText(
      'after',
      '\nTasks handed to the agent come first, then by priority and age. Exit code 3: there is none.\n',
    )
    .action(next);
}

async function next(options: Options): Promise<void> {
  checkInputsFolder(options);
  await withColibri(async (colibri) => {
    const agent = actingAgent(colibri);
    const grant = await colibri.board.next(agent, { waitMs: Wait.parse(options.wait ?? 0) });
    if (grant === null) {
      throw new ColibriError('not-found', `there is no task that ${agent} could take`, 'wait for one with --wait 5m');
    }
    await answerGrant(colibri, { ...grant, agent }, options);
  });
}
