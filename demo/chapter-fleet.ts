import { setTimeout as delay } from 'node:timers/promises';
import { PICTURE_TASK, pictureFile } from './chapter-parked.ts';
import { type CastName, joined, startHost } from './fleet.ts';
import type { Stage } from './stage.ts';
import { fleetTable } from './tables.ts';

/** How the fleet stands at the end. */
export async function fleetChapter(stage: Stage, victim: CastName, { keep }: { keep: boolean }): Promise<void> {
  const { teller, client } = stage;
  teller.chapter('The fleet at the end');
  if (keep) {
    teller.say(`${victim} is started again.`);
    startHost(stage, victim);
    await joined(stage, victim);
  }
  teller.commands('colibri host list');
  teller.block(fleetTable(await client.hosts.list(), teller));
  teller.say('All came true.');
}

/** Leaves the fleet to whoever looks at it, until it is interrupted. */
export async function keepChapter(stage: Stage): Promise<void> {
  const { teller, server, signal } = stage;
  const { bold } = teller.paint;
  teller.chapter('Over to you');
  teller.say(`The fleet stays up until you press ${bold('Ctrl-C')}; then all of it is removed.`);
  teller.gap();
  teller.add(`Temporal's Web UI  ${bold(server.uiUrl ?? '')}`);
  teller.add(`The picture        ${bold(pictureFile(stage))}`);
  teller.gap();
  teller.add('In another terminal, in this folder:');
  teller.commands(
    `export TEMPORAL_ADDRESS=${server.address}`,
    'npx colibri host matrix',
    `npx colibri task show ${PICTURE_TASK}`,
    'npx colibri task submit --requires screenshot --wait -- uname -a',
  );
  teller.gap();
  while (!signal.aborted) {
    stage.check();
    await delay(500, undefined, { signal }).catch(() => undefined);
  }
}
