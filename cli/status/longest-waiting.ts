import type { Colibri } from '../../client/colibri.ts';
import type { TaskWhy } from '../../client/why.ts';
import type { TaskLine } from '../../schemas/task-view.ts';

/** Lists go from the newest to the oldest; so many pages are turned to find the oldest. */
const MOST_PAGES = 20;
const PAGE = 1_000;

/** The task that was submitted first of those that wait, and why it does; null when none waits. */
export async function longestWaiting(colibri: Colibri): Promise<TaskWhy | null> {
  const oldest = (await Promise.all([oldestIn(colibri, 'queued'), oldestIn(colibri, 'parked')]))
    .filter((task) => task !== null)
    .sort((a, b) => (a.submittedAt < b.submittedAt ? -1 : 1))[0];
  if (oldest === undefined) return null;
  const why = await colibri.why(oldest.id);
  return why.reason === 'not-waiting' ? null : why;
}

async function oldestIn(colibri: Colibri, state: 'queued' | 'parked'): Promise<TaskLine | null> {
  let last: TaskLine | null = null;
  let cursor: string | undefined;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { tasks, nextCursor } = await colibri.list({
      state,
      limit: PAGE,
      ...(cursor === undefined ? {} : { cursor }),
    });
    last = tasks.at(-1) ?? last;
    if (nextCursor === null) break;
    cursor = nextCursor;
  }
  return last;
}
