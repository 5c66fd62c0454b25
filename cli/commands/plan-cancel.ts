import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { leaveOnInterrupt } from '../interrupt.ts';
import type { PlanShowJson } from '../json-shapes.ts';
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
    .option('--no-wait', 'do not wait until its agents have ended')
    .action(cancel);
}

async function cancel(id: string, { reason, wait, json }: Options): Promise<void> {
  await withColibri(async (colibri) => {
    const by = userName();
    const asked = await colibri.plans.cancel(id, reason === undefined ? { by } : { reason, by });
    if (!wait) return json ? printJson<PlanShowJson>(asked) : out(`${asked.id} is asked to end\n`);
    const note = `${id} ends by itself; see \`colibri plan show ${id}\`.`;
    const plan = await leaveOnInterrupt(note, () => colibri.plans.wait(id));
    if (plan.state !== 'cancelled') {
      throw new ColibriError('refused', `the plan "${id}" was ${plan.state} before it could be cancelled`);
    }
    await (json ? printJson<PlanShowJson>(plan) : out(`${plan.id} cancelled: ${plan.summary}\n`));
  });
}
