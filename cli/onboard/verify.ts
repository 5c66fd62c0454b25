import { randomUUID } from 'node:crypto';
import type { Colibri } from '../../client/colibri.ts';
import { ColibriError } from '../../client/errors.ts';
import { isTerminal } from '../../schemas/task-state.ts';
import { pause } from '../follow.ts';
import { userName } from '../with-colibri.ts';
import { keepRecord } from './join-fleet.ts';
import type { Onboarding } from './record.ts';
import type { Target } from './target.ts';

const LOOK_EVERY_MS = 250;

/** Runs a task on this host and reads what it said there. Throws `failed` with the reason it did not come back. */
export async function runTaskHere(
  colibri: Colibri,
  target: Target,
  record: Onboarding,
  withinMs: number,
): Promise<string> {
  const { registration } = await colibri.hosts.show(target.name);
  const word = randomUUID();
  const { id } = await colibri.submit({
    name: `onboarding of ${target.name}`,
    command: ['printf', '%s on %s\n', word, target.name],
    host: target.name,
    // A host that keeps itself for some tags takes nothing else.
    requires: (registration?.reserve ?? []).filter((tag) => registration?.capabilities.includes(tag)),
    timeout: withinMs,
    submitter: userName(),
  });
  const deadline = Date.now() + withinMs;
  let view = await colibri.show(id);
  while (!isTerminal(view.state) && Date.now() < deadline) {
    await pause(LOOK_EVERY_MS);
    view = await colibri.show(id);
  }
  if (!isTerminal(view.state)) {
    const { sentence } = await colibri.why(id);
    await colibri.cancel(id, { reason: 'it did not come back in time', by: userName() });
    throw new ColibriError(
      'failed',
      `the task ${id} did not come back: ${sentence}`,
      'mend that, then run the same again',
    );
  }
  const said = view.result?.tail.join('\n') ?? '';
  if (view.state !== 'done' || view.host !== target.name || !said.includes(word)) {
    const why = view.failure?.message ?? view.result?.summary ?? `it ran on ${view.host}`;
    throw new ColibriError('failed', `the task ${id} is ${view.state}: ${why}`, `colibri task show ${id}`);
  }
  record.verified = { at: new Date().toISOString(), taskId: id };
  keepRecord(target, record);
  return id;
}
