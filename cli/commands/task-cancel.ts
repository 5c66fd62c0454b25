import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { leaveOnInterrupt } from '../interrupt.ts';
import type { TaskShowJson } from '../json-shapes.ts';
import { out, printJson } from '../output/write.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  reason?: string;
  wait: boolean;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('--reason <TEXT>', 'why, for its history')
    .option('--no-wait', 'do not wait until its agent has ended')
    .action(cancel);
}

async function cancel(id: string, { reason, wait, json }: Options): Promise<void> {
  await withColibri(async (colibri) => {
    const by = userName();
    const asked = await colibri.cancel(id, reason === undefined ? { by } : { reason, by });
    if (!wait)
      return json ? printJson<TaskShowJson>(asked) : out(`${asked.id} is asked to end; it is ${asked.state}\n`);
    const note = `${id} ends by itself; see \`colibri task show ${id}\`.`;
    const view = await leaveOnInterrupt(note, () => colibri.wait(id));
    if (view.state !== 'cancelled') {
      throw new ColibriError('refused', `the task "${id}" was ${view.state} before it could be cancelled`);
    }
    await (json ? printJson<TaskShowJson>(view) : out(`${view.id} cancelled: ${view.failure?.message ?? ''}\n`));
  });
}
