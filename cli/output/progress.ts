import { formatDuration } from '../../schemas/duration.ts';
import { terminalOf } from './terminal.ts';

/** A bar that moves on a terminal, and nothing elsewhere. */
export interface Progress {
  set(done: number): void;
  /** Takes the bar away. */
  end(): void;
}

/** Redrawing more often only costs time. */
const EVERY_MS = 100;
const BAR = 24;
const CLEAR = '\r\u001b[K';

/** A bar on stderr for `total` steps; silent when stderr is no terminal. */
export function startProgress(
  total: number,
  stream: { isTTY?: boolean; columns?: number; write(text: string): unknown } = process.stderr,
): Progress {
  if (stream.isTTY !== true || total === 0) return { set: () => {}, end: () => {} };
  const startedAt = Date.now();
  let drawnAt = 0;
  return {
    set(done) {
      const now = Date.now();
      if (now - drawnAt < EVERY_MS && done < total) return;
      drawnAt = now;
      const line = progressLine({ done, total, passedMs: now - startedAt });
      stream.write(`${CLEAR}${line.slice(0, terminalOf(stream).columns - 1)}`);
    },
    end: () => stream.write(CLEAR),
  };
}

/** `[#####-----]  5,000 of 10,000  142/s  35s left` */
export function progressLine({ done, total, passedMs }: { done: number; total: number; passedMs: number }): string {
  const filled = Math.floor((BAR * done) / total);
  const bar = `[${'#'.repeat(filled)}${'-'.repeat(BAR - filled)}]`;
  const count = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`;
  if (done === 0 || passedMs < 500) return `${bar}  ${count}`;
  const perMs = done / passedMs;
  // To the second: tenths only flicker.
  const leftMs = Math.ceil((total - done) / perMs / 1000) * 1000;
  return `${bar}  ${count}  ${Math.round(perMs * 1000)}/s  ${formatDuration(leftMs)} left`;
}
