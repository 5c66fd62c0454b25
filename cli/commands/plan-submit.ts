import type { Command } from 'commander';
import { checkPlan } from '../../client/plan-actions.ts';
import type { PlanSubmitJson, PlanValidJson } from '../json-shapes.ts';
import { terminalOf } from '../output/terminal.ts';
import { err, out, printJson } from '../output/write.ts';
import { followPlan } from '../plan-watching.ts';
import { readPlanFile } from '../read-plan.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  id?: string;
  dryRun?: true;
  wait?: true;
  json?: true;
}

const EXAMPLES = `
FILE is YAML or JSON; - reads it from stdin. A plan of three tasks:
  onFailure: stop   # or continue, with all that does not need the failed task
  defaults: { requires: [linux] }
  tasks:
    build: { command: [make] }
    test:  { command: [make, test], needs: [build] }
    docs:  { command: [make, docs], needs: [build] }
Each task gets the results of those it needs: as files in $COLIBRI_NEEDS_DIR, and in $COLIBRI_NEED_BUILD and so on.
With --wait the exit code is 0 when all tasks are done, 1 when the plan failed or was cancelled.
`;

export function define(command: Command): void {
  command
    .option('--id <ID>', 'id of the plan (default: a new one)')
    .option('--dry-run', 'only check it')
    .option('-w, --wait', 'tell what happens, and wait until it ends')
    .addHelpText('after', EXAMPLES)
    .action(submit);
}

async function submit(file: string, { id, dryRun, wait, json }: Options): Promise<void> {
  const given = await readPlanFile(file);
  const plan = isMap(given) ? { submitter: userName(), ...given } : given;
  if (dryRun) {
    const tasks = checkPlan(plan).tasks.size;
    return json ? printJson<PlanValidJson>({ valid: true, tasks }) : out(`the plan is valid: ${count(tasks)}\n`);
  }
  // What is wrong with it is said even where no server answers.
  checkPlan(plan);
  await withColibri(async (colibri) => {
    const submitted = await colibri.plans.submit(plan, id === undefined ? {} : { id });
    if (!wait) {
      if (json) return printJson<PlanSubmitJson>(submitted);
      const { paint } = terminalOf();
      await out(`submitted ${paint.bold(submitted.id)}, ${count(submitted.tasks)}\n`);
      return out(paint.dim(`look at it: colibri plan show ${submitted.id}\n`));
    }
    if (json) await printJson({ submitted });
    else await err(`submitted ${submitted.id}, ${count(submitted.tasks)}\n`);
    await followPlan(colibri, submitted.id, json ? { json } : {});
  });
}

/** What is no map is refused by whoever checks it. */
function isMap(given: unknown): boolean {
  return typeof given === 'object' && given !== null && !Array.isArray(given);
}

function count(tasks: number): string {
  return `${tasks} task${tasks === 1 ? '' : 's'}`;
}
