import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { duration } from '../../schemas/duration.ts';
import { actingAgent } from '../acting-agent.ts';
import { checked } from '../arguments.ts';
import type { TaskClaimJson } from '../json-shapes.ts';
import { renderGrant } from '../output/claim.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

interface Options {
  wait?: string;
  json?: true;
}

const Wait = duration({ minMs: 0, maxMs: 86_400_000 });

export function define(command: Command): void {
  command
    .option('-w, --wait <TIME>', 'wait for one for so long, like 5m', checked(Wait))
    .addHelpText(
      'after',
      '\nTasks handed to the agent come first, then by priority and age. Exit code 3: there is none.\n',
    )
    .action(next);
}

async function next(options: Options): Promise<void> {
  await withColibri(async (colibri) => {
    const agent = actingAgent(colibri);
    const grant = await colibri.board.next(agent, { waitMs: Wait.parse(options.wait ?? 0) });
    if (grant === null) {
      throw new ColibriError('not-found', `there is no task that ${agent} could take`, 'wait for one with --wait 5m');
    }
    await answer<TaskClaimJson>({ ...grant, agent }, options, renderGrant);
  });
}
