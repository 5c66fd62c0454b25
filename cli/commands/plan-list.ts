import type { Command } from 'commander';
import { wholeNumber } from '../arguments.ts';
import type { PlanListJson } from '../json-shapes.ts';
import { renderPlanList } from '../output/plan.ts';
import { answer } from '../output/print.ts';
import { out } from '../output/write.ts';
import { withColibri } from '../with-colibri.ts';

export function define(command: Command): void {
  command
    .option('-l, --limit <N>', 'how many at most', wholeNumber(1, 1000), 50)
    .action((options: { limit: number; json?: true }) =>
      withColibri(async (colibri) => {
        const plans = await colibri.plans.list(options.limit);
        if (plans.length === 0 && !options.json) return out('No plans yet. Submit one: colibri plan submit FILE\n');
        await answer<PlanListJson>({ plans }, options, (given, context) => renderPlanList(given.plans, context));
      }),
    );
}
