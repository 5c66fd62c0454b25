import { join } from 'node:path';
import { renderWhy } from '../cli/output/why.ts';
import { DemoFailure } from './failure.ts';
import { joined, startControl, startHost } from './fleet.ts';
import type { Stage } from './stage.ts';

export const PICTURE_TASK = 'picture';

/** Where the task is to leave its picture. All hosts are on this machine, so all can. */
export function pictureFile(stage: Stage): string {
  return join(stage.folder('picture'), 'tmux.png');
}

/** A fleet of one host is given a task that this host cannot do. */
export async function parkedChapter(stage: Stage, { webUi }: { webUi: boolean }): Promise<void> {
  const { teller } = stage;
  const { bold, cyan, yellow } = teller.paint;
  teller.chapter('A task that no host can do');
  await stage.open({ webUi });
  const { client } = stage;
  teller.say("Temporal's server is up: it keeps the tasks.");
  startControl(stage);
  startHost(stage, 'osa');
  await joined(stage, 'osa');

  teller.commands(`colibri task submit --id ${PICTURE_TASK} --skill tmux-screenshot`);
  await client.submit(
    { skill: 'tmux-screenshot', name: 'picture of a terminal', command: ['--out', pictureFile(stage)] },
    { id: PICTURE_TASK },
  );
  const parked = await stage.until('the task parks', 20, async () => {
    const view = await client.show(PICTURE_TASK);
    return view.state === 'parked' && view.requires.length > 0 ? view : undefined;
  });
  const tags = parked.requires.map((tag) => cyan(tag)).join(' ');
  teller.say(`Task ${bold(PICTURE_TASK)} needs ${tags}, which osa lacks: it is ${yellow('parked')}.`);
  teller.commands(`colibri task why ${PICTURE_TASK}`);
  const why = await client.why(PICTURE_TASK);
  if (why.reason !== 'no-host-has-tag') throw new DemoFailure(`the task waits for another reason: ${why.sentence}`);
  teller.block(renderWhy(why, teller.context));
}
