import type { Command } from 'commander';
import type { PlanShowJson } from '../json-shapes.ts';
import { renderPlan } from '../output/plan.ts';
import { answer } from '../output/print.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command.action((id: string, options: { json?: true }) =>
    withColibri(async (colibri) => answer<PlanShowJson>(await colibri.plans.show(id), options, renderPlan)),
  );
}
