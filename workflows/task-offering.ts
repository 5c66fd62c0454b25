import {
  ActivityFailure,
  CancellationScope,
  CancelledFailure,
  condition,
  proxyLocalActivities,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities, FoundRoute } from '../activities/control-activities.ts';
import { ColibriSkill } from '../schemas/search-attributes.ts';
import { cancelledResult, type Ending, Offer, type Terms } from './offer.ts';
import { publish, publishWaiting } from './publish-task.ts';
import { isTerminal, isWaiting, pinnedQueue } from './rules.ts';
import type { TaskRun } from './task-run.ts';

const { findRoute } = proxyLocalActivities<ControlActivities>({
  startToCloseTimeout: '10s',
  retry: { initialInterval: '200ms', maximumInterval: '1m' },
  // A longer wait is a timer: tasks that wait for a fleet in trouble leave their worker's slots to those that run.
  localRetryThreshold: '1s',
});

/** A host that has not confirmed by then that it lets go of an offer is taken to be stopped or cut off. */
const CONFIRM_MS = 500;
/** What a host is given to take an offer, after one that did not answer: a loaded machine needs some of it. */
const LEAST_SHARE_MS = 1_500;

/** `over`: something else than a further offer follows. */
type Next = 'over' | 'further';

/** Offers a task to hosts: first to those that rank higher, then to all that may take it, then to more of them. */
export async function offerToHosts(run: TaskRun): Promise<void> {
  const { record, spec, desk } = run;
  for (;;) {
    const waited = Date.now() - record.waitingSince;
    const open = spec.alternatives.filter(({ afterMs }) => afterMs <= waited).length;
    const found = await findRoute({
      requires: record.view.requires,
      skill: spec.skill ?? null,
      skillPin: record.view.skillPin,
      skillKey: workflowInfo().typedSearchAttributes.get(ColibriSkill) ?? null,
      bare: spec.runtime === 'command' && spec.command.length === 0,
      alternatives: spec.alternatives.map(({ requires }) => requires),
      open,
      prefers: spec.prefers,
      host: record.view.pinnedTo,
      shunned: [...run.shunned],
      project: spec.project ?? null,
      submitter: spec.submitter ?? null,
    });
    if (desk.calls) return;
    showWaiting(run, found);
    const first = spec.preferWait === 0 ? [] : (found.first ?? []);
    const preferUntil = Date.now() + spec.preferWait;
    for (const [at, host] of first.entries()) {
      const alone = { ...termsOf(run, found), queue: pinnedQueue(host), host, once: true };
      // What one leaves of the wait, the others may use. To all it may not be offered before a host that lives was asked:
      // the one that does not answer would be handed it again.
      const share = Math.max(0, preferUntil - Date.now()) / (first.length - at);
      const least = run.shunned.size > 0 ? LEAST_SHARE_MS : 0;
      if ((await offer(run, alone, Date.now() + Math.max(share, least))) === 'over') return;
    }
    const next = spec.alternatives[open];
    // A loss that the server mends by itself is not heard of here, and the wait for the next set begins with it.
    const terms = { ...termsOf(run, found), once: next !== undefined };
    if ((await offer(run, terms, next && record.waitingSince + next.afterMs)) === 'over') return;
  }
}

function showWaiting({ record, spec }: TaskRun, found: FoundRoute): void {
  const leaseMs = spec.lease ?? found.leaseMs;
  const sets = found.sets ?? [found.requires];
  const ladder = sets.map((requires, at) => ({ requires, afterMs: spec.alternatives[at - 1]?.afterMs ?? 0 }));
  record.view.skillPin = found.skillPin ?? null;
  record.wait({ ...found, leaseMs, ladder }, Date.now());
  publishWaiting(record);
}

function termsOf({ spec, record, deaths, closed }: TaskRun, found: FoundRoute): Terms {
  const { queue, requires, or = [], fairness = null } = found;
  return {
    ...{ queue, requires, or, leaseMs: spec.lease ?? found.leaseMs, fairness, host: null, once: false, deaths },
    attemptsBefore: Math.max(record.view.attempt, closed),
  };
}

/** One offer, until it ends, or until `due` (epoch milliseconds) if nobody has taken it by then. */
async function offer(run: TaskRun, terms: Terms, due: number | undefined): Promise<Next> {
  const { record, desk, place, spec } = run;
  const made = new Offer(spec, record, terms);
  const isLeft = () => made.ending !== undefined || made.isWithdrawn || desk.calls || run.isDueForNewRun;
  const withdraw = () => {
    if (made.ending !== undefined || made.isWithdrawn) return;
    if (terms.host !== null && isWaiting(record.view.state)) run.closed = terms.attemptsBefore + 1;
    made.withdraw();
  };
  // A cancelled task waits here for the word that its agent is gone.
  await CancellationScope.nonCancellable(async () => {
    const times = [place.until, due].filter((at) => at !== undefined).sort((a, b) => a - b);
    for (const time of times) {
      if (await condition(isLeft, Math.max(1, time - Date.now()))) break;
      if (!isWaiting(record.view.state)) continue;
      if (time !== due) await place.giveBack();
      else withdraw();
    }
    await condition(isLeft);
    withdraw();
    await confirmed(run, made, terms);
  });
  const next = await after(run, made.ending ?? { kind: 'withdrawn', result: undefined }, terms);
  // In line it keeps its place there.
  if (record.view.limitedSince === null) await place.giveBack();
  return next;
}

/** The end of an offer. Whoever may not begin any more is not waited for long: it need not be there. */
async function confirmed(run: TaskRun, made: Offer, { host, attemptsBefore }: Terms): Promise<void> {
  const hasEnded = () => made.ending !== undefined;
  if (run.closed <= attemptsBefore) await condition(hasEnded);
  else if (await condition(hasEnded, CONFIRM_MS)) run.closed = attemptsBefore;
  else if (host !== null) {
    run.shunned.add(host);
    run.record.unanswered(host, run.closed, Date.now());
  }
}

async function after(run: TaskRun, ending: Ending, { host }: Terms): Promise<Next> {
  const { record, desk } = run;
  const { view } = record;
  const now = Date.now();
  /** What ended because somebody asks for something else is not offered further. */
  const next = () => (desk.calls || run.isDueForNewRun ? 'over' : 'further');
  switch (ending.kind) {
    case 'result':
      run.settle(ending.result);
      return 'over';
    case 'withdrawn':
      if (ending.result) record.returned(ending.result, now);
      refuseCancelled('cancelled');
      if (next() === 'further') record.again(now, 'taken back, to be offered to more hosts');
      return next();
    case 'untaken':
      run.mourn(ending.deaths);
      if (isWaiting(view.state)) return next();
      if (isTerminal(view.state)) return 'over';
      if (host !== null) run.shunned.add(host);
      record.again(now, `${view.host} lost the task in attempt ${view.attempt}: ${ending.reason}`, {
        retryAt: now + ending.delayMs,
      });
      publish(record);
      return 'over';
    case 'limited':
      record.limited(now);
      publish(record);
      return 'over';
    case 'deadly':
      run.mourn(ending.deaths);
      return 'over';
    case 'error': {
      const ended = cancelledResult(ending.error);
      if (ended) record.returned(ended, now);
      // The host was lost while it was to cancel: its lease is over, so nothing runs there any more.
      if (ending.error instanceof ActivityFailure) refuseCancelled('the host was lost before it could confirm');
      throw ending.error;
    }
  }
}

function refuseCancelled(how: string): void {
  if (CancellationScope.current().consideredCancelled) throw new CancelledFailure(how);
}
