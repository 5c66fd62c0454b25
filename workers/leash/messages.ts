import type { ProcessId } from './process-table.ts';
import type { Tree } from './tree.ts';

/** What the worker tells the leash: one JSON object a line. Repeating one changes nothing. */
export type Command =
  | { do: 'hold'; runId: string; tree: Tree; leaseMs: number; graceMs: number; sentAtMs: number }
  | { do: 'started'; runId: string; leader: ProcessId }
  | { do: 'renew'; runId: string; sentAtMs: number }
  | { do: 'end'; runId: string; graceMs: number; reason: string }
  | { do: 'release'; runId: string }
  /** Asks for a sign of life. A leash that is stopping gives none, so that it is replaced if that takes long. */
  | { do: 'ping' };

/** What the leash tells the worker. */
export type LeashEvent =
  | { is: 'ready' }
  | { is: 'held'; runId: string }
  /** The leash ends this run by itself. */
  | { is: 'fenced'; runId: string; reason: string }
  /**
   * The answer to `end`, one for each: so many processes were alive when they were first looked at after it came. It
   * follows the first look that succeeds, at once as a rule; while the process table cannot be read it is owed, and
   * what ends meanwhile is not counted. Always before the run's `ended`.
   */
  | { is: 'ending'; runId: string; alive: number }
  /** A look, or two of them without a cgroup, found nothing alive. */
  | { is: 'ended'; runId: string }
  | { is: 'released'; runId: string }
  | { is: 'pong' }
  /** Something the worker should log. */
  | { is: 'fault'; message: string };

/** Cuts a stream of text into the JSON values of its lines; hands lines that are not JSON to `onBad`. */
export function jsonLines(onValue: (value: unknown) => void, onBad: (line: string) => void): (chunk: string) => void {
  let rest = '';
  return (chunk) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      let value: unknown;
      try {
        value = JSON.parse(line);
      } catch {
        onBad(line);
        continue;
      }
      onValue(value);
    }
  };
}
