import { log, setHandler } from '@temporalio/workflow';
import {
  answerTask,
  claimed,
  claimTask,
  giveBackTask,
  handOffTask,
  limitGranted,
  progressTask,
  retryTask,
  startLimited,
  survived,
  transitionTask,
} from './messages.ts';
import { publish } from './publish-task.ts';
import { readSignal, refuseUnreadable } from './read-message.ts';
import { refusal } from './refusal.ts';
import {
  isTerminal,
  type Reader,
  readAnswer,
  readClaim,
  readClaimRequest,
  readGiveBack,
  readHandoff,
  readLimitKey,
  readProgress,
  readRetry,
  readSurvived,
  readTransition,
} from './rules.ts';
import { outsideResult } from './task-endings.ts';
import { refuseAnswer, refuseClaim, refuseHandoff, refuseRetry, refuseTransition } from './task-rules.ts';
import type { TaskRun } from './task-run.ts';

/** Sets all handlers of what hosts, agents and people ask of a task. */
export function hearRequests(run: TaskRun): void {
  const { record } = run;
  const { view } = record;
  const hear = <T>(read: Reader<T>, given: unknown, signal: string, act: (what: T) => void) => {
    const what = readSignal(read, given, signal);
    if (what !== undefined && !isTerminal(view.state)) act(what);
  };

  setHandler(claimed, (given) => {
    const claim = readSignal(readClaim, given, claimed.name);
    if (claim === undefined) return;
    if (record.claim(claim, Date.now())) publish(record);
    else log.warn('late claim ignored', { attempt: claim.attempt, host: claim.host });
  });
  setHandler(survived, (given) =>
    hear(readSurvived, given, survived.name, ({ attempt }) => run.survivors.add(attempt)),
  );
  setHandler(limitGranted, (given) =>
    hear(readLimitKey, given, limitGranted.name, ({ key }) => {
      run.place.given(key, Date.now());
    }),
  );
  setHandler(progressTask, (given) =>
    hear(readProgress, given, progressTask.name, (note) => {
      if (note.agent !== null && note.agent !== view.agent) return;
      const now = Date.now();
      record.note(note, now);
      if (run.outside === undefined || view.state !== 'claimed') return;
      record.work(`${view.agent} has begun`, now, note.by);
      publish(record);
    }),
  );
  setHandler(giveBackTask, (given) =>
    hear(readGiveBack, given, giveBackTask.name, ({ agent, reason, attempt }) => {
      const holds = () => {
        const { claim, taken } = run.outside ?? {};
        const isIt = claim?.agent === agent && (attempt === null || attempt === taken?.attempt);
        if (!isIt) throw refusal('NotHeld', `${agent} does not hold it`);
      };
      run.desk.put(holds, async () => {
        await run.dropOutside();
        if (view.state !== 'blocked') record.again(Date.now(), reason, { by: agent });
      });
    }),
  );

  setHandler(
    startLimited,
    async (claim) => {
      if (run.isTakenBack(claim)) return { granted: false, reason: 'the offer was taken back' };
      if (!(await run.place.take())) return { granted: false, reason: `the limit of "${view.limit?.key}" is reached` };
      if (run.isTakenBack(claim)) return { granted: false, reason: 'the offer was taken back' };
      // A claim that comes this late is of an attempt that the server has given up since.
      if (!record.claim(claim, Date.now())) return { granted: false, reason: 'another attempt was claimed since' };
      publish(record);
      return { granted: true, reason: '' };
    },
    { validator: (given) => refuseUnreadable(readClaim, given) },
  );
  setHandler(
    claimTask,
    async (given) => {
      const claim = readClaimRequest(given);
      return asked(
        run,
        () => refuseClaim(run, claim, Date.now()),
        () => run.give(claim),
      );
    },
    {
      validator: (given) => {
        refuseUnreadable(readClaimRequest, given);
        refuseClaim(run, readClaimRequest(given), Date.now());
      },
    },
  );
  setHandler(
    transitionTask,
    async (given) => {
      const asks = readTransition(given);
      const { to, by, reason, data } = asks;
      const allowed = () => refuseTransition(run, asks);
      allowed();
      const now = Date.now();
      // What its holder says of itself changes nothing of who holds it.
      if (run.outside && asks.agent !== null && (to === 'running' || to === 'blocked')) {
        if (to === 'running') record.work(reason, now, by);
        else record.block(reason, now, by);
        publish(record);
        return view;
      }
      await asked(run, allowed, async () => {
        const said = { summary: reason, ...(data !== undefined && { data }) };
        const result = outsideResult(record, { outcome: to === 'done' ? 'succeeded' : 'failed', ...said });
        const byHolder = run.outside !== undefined && asks.agent !== null;
        await run.dropOutside(asks.agent === null ? `${by}: ${reason}` : undefined);
        if (to === 'queued') record.again(Date.now(), reason, { by });
        else if (to === 'blocked') record.block(reason, Date.now(), by);
        else if (byHolder) run.settle(result);
        else if (to === 'done') run.done(result, by);
        else run.fail('agent-error', reason, by);
      });
      return view;
    },
    {
      validator: (given) => {
        refuseUnreadable(readTransition, given);
        refuseTransition(run, readTransition(given));
      },
    },
  );
  setHandler(
    answerTask,
    async (given) => {
      const { text, by } = readAnswer(given);
      const allowed = () => refuseAnswer(run);
      allowed();
      if (run.outside) {
        record.answer(text, by);
        record.work(`answered by ${by}`, Date.now(), by);
        publish(record);
        return view;
      }
      await asked(run, allowed, async () => {
        record.answer(text, by);
        record.again(Date.now(), `answered by ${by}`, { by });
      });
      return view;
    },
    {
      validator: (given) => {
        refuseUnreadable(readAnswer, given);
        refuseAnswer(run);
      },
    },
  );
  setHandler(
    handOffTask,
    async (given) => {
      const asks = readHandoff(given);
      const { to, requires, notes, branch, by } = asks;
      await asked(
        run,
        () => refuseHandoff(run, asks),
        async () => {
          const now = Date.now();
          await run.dropOutside(asks.agent === null ? `handed over by ${by}` : undefined);
          record.again(now, `handed over by ${by}${to === null ? '' : ` to ${to}`}`, { by });
          record.hand({ at: new Date(now).toISOString(), by, to, notes, branch }, requires);
        },
      );
      return view;
    },
    {
      validator: (given) => {
        refuseUnreadable(readHandoff, given);
        refuseHandoff(run, readHandoff(given));
      },
    },
  );
  setHandler(
    retryTask,
    async (given) => {
      const { on } = readRetry(given);
      await asked(
        run,
        () => refuseRetry(run),
        async () => {
          view.retryAt = null;
          if (on !== null) view.pinnedTo = on;
        },
      );
      return view;
    },
    {
      validator: (given) => {
        refuseUnreadable(readRetry, given);
        refuseRetry(run);
      },
    },
  );
}

/** Asks, waits its turn and gives the answer. */
async function asked<T>(run: TaskRun, allowed: () => void, apply: () => Promise<T>): Promise<T> {
  let answer: T | undefined;
  await run.desk.ask(allowed, async () => {
    answer = await apply();
  });
  return answer as T;
}
