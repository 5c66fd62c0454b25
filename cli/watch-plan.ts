import type { Colibri } from '../client/colibri.ts';
import type { PlanNow, PlanTaskNow } from '../client/show-plan.ts';
import { type Outage, pause, throughOutages } from './follow.ts';
import { stateOf } from './output/plan.ts';
import { paintState } from './output/states.ts';
import { terminalOf } from './output/terminal.ts';
import { oneLine } from './output/text.ts';
import { clockTime } from './output/time.ts';
import { err, out, printJson } from './output/write.ts';

const LOOK_EVERY_MS = 1_000;

/** Who is told what becomes of a plan's tasks, as it happens. */
export interface PlanWatcher extends Outage {
  task(task: PlanTaskNow): Promise<void>;
}

/** Follows a plan until it ends, and gives it as it ended. */
export async function watchPlan(colibri: Colibri, id: string, watcher: PlanWatcher): Promise<PlanNow> {
  const told = new Map<string, string>();
  for (;;) {
    const plan = await throughOutages(() => colibri.plans.show(id), watcher);
    for (const task of plan.tasks.toSorted(byEnd)) {
      const news = `${stateOf(task)} ${task.host ?? ''}`;
      if (told.get(task.name) === news || (task.state === 'waiting' && !told.has(task.name))) continue;
      told.set(task.name, news);
      await watcher.task(task);
    }
    if (plan.state !== 'running') return plan;
    await pause(LOOK_EVERY_MS);
  }
}

/** Those that have ended first, in the order in which they did. */
function byEnd(a: PlanTaskNow, b: PlanTaskNow): number {
  const [one, other] = [a.endedAt ?? '~', b.endedAt ?? '~'];
  return one === other ? 0 : one < other ? -1 : 1;
}

export function jsonPlanWatcher(): PlanWatcher {
  return { ...outageOnStderr(), task: (task) => printJson({ task }) };
}

/** A line for each change: when, which state, which task. */
export function humanPlanWatcher(): PlanWatcher {
  const { paint } = terminalOf();
  return {
    ...outageOnStderr(),
    async task(task) {
      const state = stateOf(task);
      const pad = ' '.repeat(Math.max(0, 'cancelled'.length - state.length));
      const said = task.state === 'started' ? (task.host === null ? '' : `on ${task.host}`) : oneLine(task.summary);
      const at = clockTime(task.endedAt ?? Date.now());
      await out(`${paint.dim(at)}  ${paintState(state, paint)}${pad}  ${task.name}${said === '' ? '' : `: ${said}`}\n`);
    },
  };
}

function outageOnStderr(): Outage {
  const { paint } = terminalOf(process.stderr);
  return {
    away: (message) => err(paint.yellow(`${message}; waiting for it\n`)),
    back: () => err(paint.green('it answers again\n')),
  };
}
