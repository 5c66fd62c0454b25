import { readFileSync } from 'node:fs';
import { DemoFailure } from './failure.ts';

/** One line of the file in which agents note that they are alive. `at`: {@link machineClockMs}. */
export interface SignOfLife {
  attempt: number;
  pid: number;
  at: number;
}

/** From the first to the last sign of life of one attempt. */
export interface Interval {
  attempt: number;
  pid: number;
  from: number;
  to: number;
}

/** Milliseconds on the monotonic clock, which is one for all processes of a machine. */
export function machineClockMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

/** When each attempt was alive, in the order of attempts. A last line that is still being written is left out. */
export function readIntervals(file: string): Interval[] {
  const intervals = new Map<number, Interval>();
  for (const line of read(file).split('\n').slice(0, -1)) {
    const { attempt, pid, at } = JSON.parse(line) as SignOfLife;
    const known = intervals.get(attempt);
    if (known === undefined) intervals.set(attempt, { attempt, pid, from: at, to: at });
    else known.to = at;
  }
  return [...intervals.values()].sort((a, b) => a.attempt - b.attempt);
}

/** The shortest time between the end of one attempt and the start of the next, in ms. Throws when two overlap. */
export function leastGapMs(intervals: readonly Interval[]): number {
  const gaps = intervals.slice(1).map((next, at) => {
    const before = intervals[at] as Interval;
    const gap = next.from - before.to;
    if (gap <= 0) throw new DemoFailure(`attempts ${before.attempt} and ${next.attempt} ran at the same time`);
    return gap;
  });
  return Math.min(...gaps);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    // The first agent has not started yet.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
