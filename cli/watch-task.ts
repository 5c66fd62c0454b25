import type { Colibri } from '../client/colibri.ts';
import type { LogEvent } from '../client/logs.ts';
import type { TaskWhy } from '../client/why.ts';
import { isTerminal, isWaiting, type TaskState } from '../schemas/task-state.ts';
import type { TaskHistoryEntry, TaskView } from '../schemas/task-view.ts';
import { followLogs, type Outage, pause, throughOutages } from './follow.ts';

/** Who is told what happens to a task, as it happens. */
export interface Watcher extends Outage {
  history(entry: TaskHistoryEntry): Promise<void>;
  /** Why it waits, whenever the answer is another one. */
  why(why: TaskWhy): Promise<void>;
  event(line: LogEvent): Promise<void>;
}

const LOOK_EVERY_MS = 500;
/** A free host takes a task within this time; before, a reason for waiting would only be noise. */
const WAITING_IS_NEWS_MS = 2_000;

/** Follows a task until it ends, and gives it as it ended. Its end is told after all of its output. */
export async function watchTask(colibri: Colibri, id: string, watcher: Watcher): Promise<TaskView> {
  const news = new HistoryNews();
  let said = '';
  let waitingFrom: number | undefined;

  const look = async (): Promise<TaskView> => {
    const seen = await throughOutages(() => colibri.show(id), watcher);
    for (const entry of news.of(seen.history.filter((each) => !isTerminal(each.state)))) {
      said = entry.reason;
      await watcher.history(entry);
    }
    return seen;
  };
  const explain = async () => {
    waitingFrom ??= Date.now();
    if (Date.now() - waitingFrom < WAITING_IS_NEWS_MS) return;
    const why = await throughOutages(() => colibri.why(id), watcher);
    if (why.reason === 'not-waiting' || why.sentence === said) return;
    said = why.sentence;
    await watcher.why(why);
  };
  const output = async () => {
    for await (const line of followLogs(colibri, id, {}, watcher)) {
      // Who claimed an attempt is told before its output.
      if (line.attempt > view.attempt) view = await look();
      await watcher.event(line);
    }
  };

  let view = await look();
  const outputEnded = output();
  // Awaited below; until then its failure must not be an unhandled one.
  outputEnded.catch(() => {});
  for (;;) {
    view = await look();
    if (isTerminal(view.state)) break;
    if (isWaiting(view.state)) await explain();
    else waitingFrom = undefined;
    await Promise.race([pause(LOOK_EVERY_MS), outputEnded.then(() => pause(LOOK_EVERY_MS / 5))]);
  }
  await outputEnded;
  for (const entry of news.of(view.history)) await watcher.history(entry);
  return view;
}

/**
 * Tells new entries of a history from those told before. While a task waits, the client adds at each look how it stands
 * now, with the time of the look: that is news when it differs from what was told last. Its own entries for the same
 * wait may come to light later, and are none.
 */
export class HistoryNews {
  readonly #told = new Set<string>();
  #state: TaskState | undefined;

  of(history: readonly TaskHistoryEntry[]): TaskHistoryEntry[] {
    return history.filter((entry, index) => {
      // Without the time: when an attempt began is corrected once its host has told it.
      const key = `${entry.state} ${entry.attempt}`;
      const standing = isWaiting(entry.state) && index === history.length - 1;
      if (standing ? entry.state === this.#state : this.#told.has(key)) return false;
      this.#told.add(key);
      this.#state = entry.state;
      return true;
    });
  }
}
