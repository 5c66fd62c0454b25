import type { Command } from 'commander';
import { duration } from '../../schemas/duration.ts';
import { checked } from '../arguments.ts';
import { flagOption, keysOf } from '../config/flags.ts';
import type { OnboardJson, OnboardPrintJson } from '../json-shapes.ts';
import { confirm } from '../onboard/confirm.ts';
import { onboard } from '../onboard/onboard.ts';
import { describePlan, planService } from '../onboard/plan.ts';
import { Steps } from '../onboard/steps.ts';
import { readTarget } from '../onboard/target.ts';
import { renderOnboarded, renderPlan, renderStep } from '../output/onboard.ts';
import { answer } from '../output/print.ts';
import { terminalOf } from '../output/terminal.ts';
import { out } from '../output/write.ts';

const WAIT = duration({ minMs: 1_000, maxMs: 3_600_000 });

const HELP = `
Each setting given is written to config.toml in the home folder. TEMPORAL_TLS_* and TEMPORAL_API_KEY, where they are set,
are kept for the worker in temporal.toml beside it. Run it again to mend what is amiss: what is right stays as it is, and
address and code may be left out. \`colibri offboard\` undoes it.
`;

interface Options extends Record<string, unknown> {
  code?: string;
  wait: string;
  service: boolean;
  print?: true;
  yes?: true;
  json?: true;
}

export function define(command: Command): void {
  command
    .option('--code <CODE>', 'the join code that `colibri host invite` gave (variable: COLIBRI_JOIN_CODE)')
    .option('--namespace <NAME>', 'the namespace on the server (default: TEMPORAL_NAMESPACE, or default)')
    .option('--user <USER>', 'who the worker and its agents run as (default: who calls sudo, else who runs this)')
    .option('--no-service', 'install no service: the worker is run by other means')
    .option('--wait <TIME>', 'how long the worker may take to come online', checked(WAIT), '60s')
    .option('--print', 'print each file and command, and do nothing')
    .option('--yes', 'do not ask on a terminal');
  for (const key of keysOf(['host'])) command.addOption(flagOption(key));
  command.addHelpText('after', HELP).action(run);
}

async function run(address: string | undefined, options: Options): Promise<void> {
  const { json, print, yes, wait, code } = options;
  const target = readTarget(address, options);
  const service = planService(target, options.service);
  const plan = describePlan(target, service);
  const asked = { ...(json && { json }) };
  if (print) return answer<OnboardPrintJson>(plan, asked, renderPlan);
  if (!yes && !json) await confirm(`Make this machine the host ${target.name} of the fleet at ${target.address}?`);
  const steps = new Steps(async (step) => {
    if (!json) await out(renderStep(step, { ...terminalOf(), nowMs: Date.now() }));
  });
  const result = await onboard({
    ...{ target, service, steps, waitMs: WAIT.parse(wait) },
    code: code ?? (process.env.COLIBRI_JOIN_CODE || undefined),
  });
  await answer<OnboardJson>(result, asked, renderOnboarded);
}
