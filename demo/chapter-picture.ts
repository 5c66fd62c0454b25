import { isTerminal } from '../schemas/task-state.ts';
import { PICTURE_TASK, pictureFile } from './chapter-parked.ts';
import { DemoFailure } from './failure.ts';
import { howItKnows, joined, startHost } from './fleet.ts';
import { readPicture } from './picture.ts';
import type { Stage } from './stage.ts';

/** A host comes up that can do the parked task, which then runs by itself. */
export async function pictureChapter(stage: Stage): Promise<void> {
  const { teller, client } = stage;
  const { bold, green } = teller.paint;
  teller.chapter('A host that can');
  teller.say('domedog starts, and proves what it can do.');
  startHost(stage, 'domedog');
  const domedog = await joined(stage, 'domedog');
  teller.add(teller.paint.dim(`screenshot: ${await howItKnows(stage, 'domedog', 'screenshot')}`));

  const claimed = await stage.until('domedog claims the task', 30, async () => {
    const view = await client.show(PICTURE_TASK);
    return view.claimedAt === null ? undefined : view;
  });
  const afterS = (Date.parse(claimed.claimedAt ?? '') - Date.parse(domedog.since)) / 1000;
  teller.say(`Task ${bold(PICTURE_TASK)} started there by itself, ${afterS.toFixed(2)} s after domedog joined.`);

  const ended = await stage.until('the picture is taken', 60, async () => {
    const view = await client.show(PICTURE_TASK);
    return isTerminal(view.state) ? view : undefined;
  });
  if (ended.state !== 'done' || ended.host !== 'domedog') {
    throw new DemoFailure(`the task is ${ended.state} on ${ended.host}`, [ended.failure?.message ?? '']);
  }
  const { width, height, bytes } = readPicture(pictureFile(stage));
  teller.say(
    `It is ${green('done')}: a PNG of a real tmux pane, ${bold(`${width} x ${height}`)} pixels, ${Math.round(bytes / 1000)} kB.`,
  );
}
