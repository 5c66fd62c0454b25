import type { Command } from 'commander';
import { defineCancel } from '../cancelling.ts';
import type { PlanShowJson } from '../json-shapes.ts';

export function define(command: Command): void {
  defineCancel<PlanShowJson>(command, {
    noun: 'plan',
    agents: 'its agents have',
    cancel: (colibri, id, note) => colibri.plans.cancel(id, note),
    wait: (colibri, id) => colibri.plans.wait(id),
    asked: ({ id }) => `${id} is asked to end`,
    ended: ({ id, summary }) => `${id} cancelled: ${summary}`,
  });
}
