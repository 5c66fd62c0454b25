import type { Command } from 'commander';
import type { Colibri } from '../client/colibri.ts';
import { ColibriError } from '../client/errors.ts';
import { leaveOnInterrupt } from './interrupt.ts';
import { out, printJson } from './output/write.ts';
import { userName, withColibri } from './with-colibri.ts';

interface Options {
  reason?: string;
  wait: boolean;
  json?: true;
}

/** What a command cancels, and how it tells people of it. */
interface Cancelled<T> {
  noun: 'task' | 'plan';
  /** What the wait is for, as in "its agent has". */
  agents: string;
  cancel(colibri: Colibri, id: string, note: { reason?: string; by: string }): Promise<T>;
  wait(colibri: Colibri, id: string): Promise<T>;
  asked(view: T): string;
  ended(view: T): string;
}

/** Makes a command that asks something to end and, unless told not to, waits until it has. */
export function defineCancel<T extends { id: string; state: string }>(command: Command, what: Cancelled<T>): void {
  command
    .option('--reason <TEXT>', 'why, for its history')
    .option('--no-wait', `do not wait until ${what.agents} ended`)
    .action((id: string, options: Options) => withColibri((colibri) => cancel(colibri, id, options, what)));
}

async function cancel<T extends { id: string; state: string }>(
  colibri: Colibri,
  id: string,
  { reason, wait, json }: Options,
  what: Cancelled<T>,
): Promise<void> {
  const { noun } = what;
  const by = userName();
  const asked = await what.cancel(colibri, id, reason === undefined ? { by } : { reason, by });
  if (!wait) return json ? printJson<T>(asked) : out(`${what.asked(asked)}\n`);
  const note = `${id} ends by itself; see \`colibri ${noun} show ${id}\`.`;
  const view = await leaveOnInterrupt(note, () => what.wait(colibri, id));
  if (view.state !== 'cancelled') {
    throw new ColibriError('refused', `the ${noun} "${id}" was ${view.state} before it could be cancelled`);
  }
  await (json ? printJson<T>(view) : out(`${what.ended(view)}\n`));
}
