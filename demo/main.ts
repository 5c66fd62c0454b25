import { ColibriError } from '../client/errors.ts';
import { EmbeddedServerError } from '../server/errors.ts';
import { fleetChapter, keepChapter } from './chapter-fleet.ts';
import { killedChapter } from './chapter-killed.ts';
import { parkedChapter } from './chapter-parked.ts';
import { pictureChapter } from './chapter-picture.ts';
import { DemoFailure } from './failure.ts';
import { CAST } from './fleet.ts';
import { Stage } from './stage.ts';
import { type Output, Teller } from './teller.ts';

export interface DemoOptions {
  /** Stay at the end, until interrupted. */
  keep: boolean;
  /** Where the story is told; default stdout. */
  out?: Output;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
const INTERRUPTED = 130;

/**
 * Shows on this machine alone what Colibri does: a task waits for a host that can do it, and outlives a host. Takes
 * less than a minute and leaves nothing behind. Gives the exit code: 0 when each step came true, 1 when one did not or
 * something was left, 130 when it was interrupted. Never throws.
 */
export async function runDemo({ keep, out = process.stdout }: DemoOptions): Promise<number> {
  const teller = new Teller(out);
  const aborter = new AbortController();
  const stage = new Stage(teller, aborter.signal);
  const interrupt = () => aborter.abort();
  // The reader of our output may go away (`| head`), which ends this process without another word.
  const lastResort = () => stage.collapse();
  for (const signal of SIGNALS) process.on(signal, interrupt);
  process.on('exit', lastResort);
  let code = await tell(stage, keep);
  if (!(await strike(stage))) code = 1;
  for (const signal of SIGNALS) process.off(signal, interrupt);
  process.off('exit', lastResort);
  return code;
}

async function tell(stage: Stage, keep: boolean): Promise<number> {
  const { teller } = stage;
  try {
    introduce(teller);
    await parkedChapter(stage, { webUi: keep });
    await pictureChapter(stage);
    const victim = await killedChapter(stage);
    await fleetChapter(stage, victim, { keep });
    if (keep) await keepChapter(stage);
    else teller.add('To look around yourself, at the picture too: npm run demo -- --keep');
    if (stage.signal.aborted) teller.leaveLine();
    return 0;
  } catch (error) {
    teller.gap();
    if (!stage.signal.aborted) return explain(error, teller);
    teller.leaveLine();
    teller.say('Interrupted.');
    return INTERRUPTED;
  }
}

/** Says what did not come true. */
function explain(error: unknown, teller: Teller): number {
  const { red } = teller.paint;
  if (error instanceof DemoFailure) {
    teller.say(red(`This did not come true: ${error.message}`));
    for (const line of error.evidence) teller.add(line);
  } else if (error instanceof ColibriError || error instanceof EmbeddedServerError) {
    teller.say(red(`The demo cannot go on: ${error.message}`));
    if (error instanceof ColibriError && error.hint !== undefined) teller.add(error.hint);
  } else {
    teller.say(red('The demo broke:'));
    for (const line of String((error as Error).stack ?? error).split('\n')) teller.add(line);
  }
  return 1;
}

function introduce(teller: Teller): void {
  const { bold } = teller.paint;
  teller.title('Colibri', 'a demonstration in less than a minute');
  teller.add(
    'Work goes to a host that has proven it can do it. While there is none, the task waits, says why, and starts by itself when one comes.',
  );
  teller.gap();
  teller.add('Three hosts take part. Each is a process of its own on this machine:');
  for (const [name, { is }] of Object.entries(CAST)) teller.add(`  ${bold(name.padEnd(8))} ${is}`);
}

/** Stops and removes everything; false when something was left. */
async function strike(stage: Stage): Promise<boolean> {
  const { teller } = stage;
  teller.say('Stopping everything.');
  const left = await stage.strike().catch((error: unknown) => [String(error)]);
  if (left.length > 0) {
    teller.say(teller.paint.red('Something was left behind:'));
    for (const line of left) teller.add(line);
    return false;
  }
  teller.say('Nothing is left: no process, no file, no open port.');
  return true;
}
