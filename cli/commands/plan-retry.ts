import type { Command } from 'commander';
import { out, printJson } from '../output/write.ts';
import { followPlan } from '../plan-watching.ts';
import { withColibri } from '../with-colibri.ts';

interface Options {
  wait?: true;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('-w, --wait', 'tell what happens, and wait until it ends')
    .addHelpText('after', '\nWhat is done stays done. The rest gets new tasks, whose ids end in .2, .3 and so on.\n')
    .action((id: string, { wait, json }: Options) =>
      withColibri(async (colibri) => {
        const submitted = await colibri.plans.retry(id);
        if (!wait) return json ? printJson(submitted) : out(`${id} runs again what did not come to be done\n`);
        if (json) await printJson({ submitted });
        await followPlan(colibri, id, json ? { json } : {});
      }),
    );
}
