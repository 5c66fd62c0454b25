import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isTerminal } from '../schemas/task-state.ts';
import type { TaskView } from '../schemas/task-view.ts';
import { DemoFailure } from './failure.ts';
import { type CastName, joined, LEASE_S, SHARED_TAG, startHost } from './fleet.ts';
import { leastGapMs, machineClockMs, readIntervals } from './ledger.ts';
import { showLive } from './live.ts';
import { isRunning } from './processes.ts';
import type { Stage } from './stage.ts';
import { historyTable, timeline } from './tables.ts';

const TASK = 'count';
const TICKS = 8;
/** The host is killed when so many ticks were seen. */
const KILL_AFTER = 3;
const COUNTER = fileURLToPath(new URL('./counter.js', import.meta.url));

/** The host of a running task is killed, and another finishes the task. Gives the name of the dead one. */
export async function killedChapter(stage: Stage): Promise<CastName> {
  const { teller, client } = stage;
  const { bold, cyan, green, red } = teller.paint;
  teller.chapter('A host dies in the middle of a task');
  teller.say('debby starts, and proves what it can do.');
  startHost(stage, 'debby');
  await joined(stage, 'debby');

  teller.commands(`colibri task submit --id ${TASK} --requires ${SHARED_TAG} -- node counter.js`);
  const ledger = join(stage.folder('ledger'), 'signs-of-life.jsonl');
  const command = [process.execPath, COUNTER, ledger, String(TICKS)];
  await client.submit({ name: `count to ${TICKS}`, requires: [SHARED_TAG], command }, { id: TASK });
  const first = await runningIn(stage, 1);
  const victim = first.host as CastName;
  teller.say(`Task ${bold(TASK)} needs ${cyan(SHARED_TAG)}. ${bold(victim)} takes it: attempt 1.`);
  const seen = showLive(stage, TASK, 1, victim);
  await stage.until(`${KILL_AFTER} ticks`, 30, () => (seen.lines >= KILL_AFTER ? true : undefined));

  const [counter] = readIntervals(ledger);
  if (counter === undefined) throw new DemoFailure('the counter gave no sign of life');
  await stage.parts.kill(victim);
  const killedAtMs = machineClockMs();
  teller.say(red(`kill -9 ${stage.parts.find(victim).pid}: the worker of ${victim} is dead.`));
  await stage.until('the counter ends with its host', LEASE_S, () => (isRunning(counter.pid) ? undefined : true));
  const endedS = (machineClockMs() - killedAtMs) / 1000;
  teller.say(`Its leash, a process beside it, has ended the counter: ${endedS.toFixed(2)} s later.`);
  teller.add(`Temporal waits until the lease runs out: ${LEASE_S} s here, by default 30 s.`);

  await stage.until('the lease runs out', LEASE_S + 30, async () => {
    const { state, attempt } = await client.show(TASK);
    return state === 'queued' || attempt > 1 ? true : undefined;
  });
  teller.say('The lease has run out. The task is free for another host.');
  const second = await runningIn(stage, 2);
  teller.say(`${bold(second.host ?? '')} takes it: attempt ${second.attempt}, from the beginning.`);
  showLive(stage, TASK, second.attempt, second.host ?? '');
  const ended = await stage.until('the other host finishes', 60, async () => {
    const view = await client.show(TASK);
    return isTerminal(view.state) ? view : undefined;
  });
  if (ended.state !== 'done' || ended.host === victim) {
    throw new DemoFailure(`the task is ${ended.state} on ${ended.host}`, [ended.failure?.message ?? '']);
  }
  teller.say(`It is ${green('done')}: ${ended.result?.summary ?? ''}.`);

  teller.commands(`colibri task show ${TASK}`);
  teller.block(historyTable(ended, teller));
  const intervals = readIntervals(ledger);
  const gapMs = leastGapMs(intervals);
  teller.add('When each attempt was alive, as the counter itself noted:');
  teller.block(timeline(intervals, hostsOf(ended), teller));
  teller.add(`Never two at once: ${(gapMs / 1000).toFixed(1)} s lie between them.`);
  return victim;
}

function runningIn(stage: Stage, attempt: number): Promise<TaskView> {
  return stage.until(`attempt ${attempt} runs`, 30, async () => {
    const view = await stage.client.show(TASK);
    return view.state === 'running' && view.attempt >= attempt ? view : undefined;
  });
}

/** Who ran which attempt. */
function hostsOf(view: TaskView): Map<number, string> {
  const claims = view.history.filter((entry) => entry.attempt !== null && entry.host !== null);
  return new Map(claims.map((entry) => [entry.attempt ?? 0, entry.host ?? '']));
}
