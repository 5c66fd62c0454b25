import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BadLine } from './harness/bad-line.ts';
import { noNamespaces } from './harness/requirements.ts';
import { Site } from './harness/site.ts';

const BAD_FOR_MS = 45_000;

describe.skipIf(noNamespaces())('a host at the end of a bad line', () => {
  let site: Site;
  let line: BadLine | undefined;

  beforeAll(async () => {
    site = await Site.build(['osa'], '30s');
    line = await BadLine.lay(site.network, 'osa');
    await site.startHost('osa', 2);
  }, 120_000);

  afterAll(async () => {
    await site?.fleet?.close();
    await line?.close();
    await site?.close();
  }, 60_000);

  test('row 9: with 2 s of delay and every fifth packet lost an agent keeps its lease of 30 s [P2] [P3] [T3]', async () => {
    const { fleet } = site;
    const id = await fleet.submit(['work', BAD_FOR_MS]);
    await fleet.started(id);
    await line?.spoil(2_000, 0.2);
    await delay(BAD_FOR_MS - 2_000);
    await line?.spoil(0, 0);
    const view = await fleet.ended(id);
    expect(fleet.hostNamed('osa').lines.filter((text) => /leash ends a run/.test(text))).toEqual([]);
    expect(view).toMatchObject({ state: 'done', attempt: 1 });
    await fleet.hostIs('osa', 'online');
    await fleet.expectSound();
  }, 180_000);
});
