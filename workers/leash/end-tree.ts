import { setTimeout as sleep } from 'node:timers/promises';
import { bootClockMs } from '../boot-clock.ts';
import { processTable } from './process-table.ts';
import type { Tree } from './tree.ts';
import { EmptyCheck, TreeHunter } from './tree-hunter.ts';

const PASS_MS = 50;

/**
 * Ends a tree from this process: TERM, a grace, then KILL until nothing is left. Resolves when it is verified empty
 * (and its cgroup removed), with the number of processes that the first look found alive. Never rejects: where the
 * process table cannot be read it warns, signals what can be reached without one, and looks again until it can.
 */
export async function endTree(tree: Tree, graceMs: number): Promise<number> {
  const hunter = new TreeHunter();
  const killAtMs = bootClockMs() + graceMs;
  const check = new EmptyCheck();
  let alive: number | undefined;
  let warned = false;
  for (;;) {
    try {
      const signal = bootClockMs() >= killAtMs ? 'SIGKILL' : 'SIGTERM';
      const survey = hunter.pass(tree, signal, () => processTable(tree.sinceMs));
      alive ??= survey.alive.length;
      if (check.passed(tree, survey.alive.length)) return alive;
    } catch (error) {
      if (!warned) process.emitWarning(`the processes of a run cannot be looked for, trying on: ${String(error)}`);
      warned = true;
    }
    await sleep(PASS_MS);
  }
}
