import { setTimeout as sleep } from 'node:timers/promises';
import { bootClockMs } from '../boot-clock.ts';
import type { ProcessId } from './process-table.ts';
import { EmptyCheck, type Tree, TreeHunter } from './tree.ts';

const PASS_MS = 50;

/**
 * Ends a tree from this process: TERM, a grace, then KILL until nothing is left. Resolves when it is verified empty
 * (and its cgroup removed), with the number of processes found alive at first.
 */
export async function endTree(tree: Tree, graceMs: number, spare: Iterable<ProcessId> = []): Promise<number> {
  const hunter = new TreeHunter(spare);
  const killAtMs = bootClockMs() + graceMs;
  const first = graceMs > 0 ? hunter.signal(tree, 'SIGTERM') : hunter.survey(tree);
  const check = new EmptyCheck();
  let survey = first;
  while (!check.passed(tree, survey.alive.length)) {
    await sleep(PASS_MS);
    survey = bootClockMs() >= killAtMs ? hunter.signal(tree, 'SIGKILL') : hunter.survey(tree);
  }
  return first.alive.length;
}
