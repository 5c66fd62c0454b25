import type { Command } from 'commander';
import { followPlan } from '../plan-watching.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nThe exit code is 0 when all its tasks are done, 1 when it failed or was cancelled.\n')
    .action((id: string, options: { json?: true }) => withColibri((colibri) => followPlan(colibri, id, options)));
}
