import type { Command } from 'commander';
import { defineCancel } from '../cancelling.ts';
import type { TaskShowJson } from '../json-shapes.ts';

export function define(command: Command): void {
  defineCancel<TaskShowJson>(command, {
    noun: 'task',
    agents: 'its agent has',
    cancel: (colibri, id, note) => colibri.cancel(id, note),
    wait: (colibri, id) => colibri.wait(id),
    asked: ({ id, state }) => `${id} is asked to end; it is ${state}`,
    // Without a reason its own words begin so.
    ended: ({ id, failure }) => `${id} cancelled: ${failure?.message ?? ''}`.replace(': cancelled', ''),
  });
}
