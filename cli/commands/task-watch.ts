import type { Command } from 'commander';
import { leaveOnInterrupt } from '../interrupt.ts';
import { printJson } from '../output/write.ts';
import { humanWatcher, jsonWatcher } from '../watchers.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .addHelpText('after', '\nThe exit code is 0 when the task is done, 1 when it failed or was cancelled.\n')
    .action(watch);
}

async function watch(id: string, { json }: { json?: true }): Promise<void> {
  await withColibri(async (colibri) => {
    const { watchTask } = await import('../watch-task.ts');
    const note = `${id} goes on without being watched.`;
    const view = await leaveOnInterrupt(note, () => watchTask(colibri, id, json ? jsonWatcher() : humanWatcher()));
    if (json) await printJson({ task: view });
    if (view.state !== 'done') process.exitCode = 1;
  });
}
