import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { LimitAsker } from '../schemas/limit.ts';
import { acquireLimit, limitGranted, limitView, releaseLimit } from './messages.ts';
import { readSignal, refuseUnreadable } from './read-message.ts';
import { readLimitAsker, readLimitHolder } from './rules.ts';

/** With somebody waiting, holders that have ended without a word are looked for so often. */
const REVIEW_WAITED_MS = 15_000;
const REVIEW_MS = 600_000;
/** Tasks of a key often follow one another: it stays for a while when the last has gone. */
const LINGER_MS = 60_000;

/** What one run hands to the next. */
export interface LimitState {
  key: string;
  holders: LimitAsker[];
  waiting: LimitAsker[];
}

const { stillOpen } = proxyActivities<ControlActivities>({ startToCloseTimeout: '1m', retry: { maximumAttempts: 3 } });

/**
 * Counts the tasks of one key that run at once. Places go first come, first served, by when each task was submitted; one
 * that waits is told by a signal when it has its place. Ends when nobody has wanted one for a while.
 */
export async function limit(state: LimitState): Promise<void> {
  const { key } = state;
  let holders = [...state.holders];
  let waiting = [...state.waiting];
  /** Those that are to be told that they have a place. */
  const granted: LimitAsker[] = [];
  const show = () =>
    setCurrentDetails(
      [
        ...holders.map((asker) => `- **${asker.taskId}** runs`),
        ...waiting.map((asker) => `- ${asker.taskId} waits`),
      ].join('\n'),
    );
  const has = (list: readonly LimitAsker[], workflowId: string) =>
    list.some((asker) => asker.workflowId === workflowId);
  const grant = () => {
    for (let [next] = waiting; next !== undefined && holders.length < next.max; [next] = waiting) {
      waiting = waiting.slice(1);
      holders = [...holders, next];
      granted.push(next);
    }
    show();
  };
  const drop = (gone: (asker: LimitAsker) => boolean) => {
    holders = holders.filter((asker) => !gone(asker));
    waiting = waiting.filter((asker) => !gone(asker));
    grant();
  };

  setHandler(limitView, () => ({ holders, waiting }));
  setHandler(
    acquireLimit,
    (given) => {
      const asker = readLimitAsker(given);
      if (has(holders, asker.workflowId)) return { granted: true };
      if (!has(waiting, asker.workflowId)) {
        waiting = [...waiting, asker].sort((a, b) => a.since - b.since || (a.taskId < b.taskId ? -1 : 1));
      }
      grant();
      // One that has its place at once hears it from this answer.
      const told = granted.findIndex(({ workflowId }) => workflowId === asker.workflowId);
      if (told !== -1) granted.splice(told, 1);
      return { granted: told !== -1 };
    },
    { validator: (given) => refuseUnreadable(readLimitAsker, given) },
  );
  setHandler(releaseLimit, (given) => {
    const gone = readSignal(readLimitHolder, given, releaseLimit.name);
    if (gone !== undefined) drop(({ workflowId }) => workflowId === gone.workflowId);
  });

  grant();
  const isOver = () => holders.length === 0 && waiting.length === 0;
  while (!workflowInfo().continueAsNewSuggested) {
    const wasOver = isOver();
    const wasWaited = waiting.length > 0;
    const longest = wasOver ? LINGER_MS : wasWaited ? REVIEW_WAITED_MS : REVIEW_MS;
    const wake = () =>
      granted.length > 0 ||
      isOver() !== wasOver ||
      waiting.length > 0 !== wasWaited ||
      workflowInfo().continueAsNewSuggested;
    const woken = await condition(wake, longest);
    if (!woken && isOver()) break;
    if (!woken) await review();
    await tellGranted();
  }
  await tellGranted();
  await condition(allHandlersFinished);
  if (!isOver()) await continueAsNew<typeof limit>({ key, holders, waiting });

  async function tellGranted(): Promise<void> {
    for (let asker = granted.shift(); asker !== undefined; asker = granted.shift()) {
      const { workflowId } = asker;
      try {
        await getExternalWorkflowHandle(workflowId).signal(limitGranted, { key });
      } catch (error) {
        if (isCancellation(error)) throw error;
        drop((other) => other.workflowId === workflowId);
      }
    }
  }

  /** A task that was terminated could not give its place back. */
  async function review(): Promise<void> {
    const asked = [...holders, ...waiting].map(({ workflowId }) => workflowId);
    const open = await stillOpen({ workflowIds: asked }).catch(() => asked);
    drop(({ workflowId }) => asked.includes(workflowId) && !open.includes(workflowId));
  }
}
