import type { Colibri } from '../client/colibri.ts';
import { leaveOnInterrupt } from './interrupt.ts';
import { headline } from './output/plan.ts';
import { paintState } from './output/states.ts';
import { terminalOf } from './output/terminal.ts';
import { oneLine } from './output/text.ts';
import { out, printJson } from './output/write.ts';
import { humanPlanWatcher, jsonPlanWatcher, watchPlan } from './watch-plan.ts';

/** Follows a plan to its end and says how it ended; the exit code is 1 unless all is done. */
export async function followPlan(colibri: Colibri, id: string, { json }: { json?: true }): Promise<void> {
  const note = `${id} goes on. Look at it: colibri plan show ${id}   End it: colibri plan cancel ${id}`;
  const watcher = json ? jsonPlanWatcher() : humanPlanWatcher();
  const plan = await leaveOnInterrupt(note, () => watchPlan(colibri, id, watcher));
  if (json) await printJson({ plan });
  else await out(`${id} ${paintState(plan.state, terminalOf().paint)}: ${oneLine(headline(plan))}\n`);
  if (plan.state !== 'done') process.exitCode = 1;
}
