import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { deferred } from '../../workers/deferred.ts';
import { Capabilities, type CapabilityChange } from '../../workers/host/capabilities.ts';
import type { Probe } from '../../workers/probes/index.ts';

/** A probe that reports what it saw at its beginning, and only when it is let. */
function slowProbe() {
  const looks: { end: () => void }[] = [];
  const arrivals: (() => void)[] = [];
  const slow = {
    found: true,
    running: 0,
    most: 0,
    looks,
    /** Resolves when look number `count` has begun. */
    async begun(count: number): Promise<void> {
      while (looks.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
  };
  const probe: Probe = {
    name: 'slow',
    tags: ['tool'],
    timeoutMs: 15_000,
    async run() {
      const { found } = slow;
      const { promise, resolve } = deferred<void>();
      slow.running += 1;
      slow.most = Math.max(slow.most, slow.running);
      looks.push({ end: resolve });
      for (const arrival of arrivals.splice(0)) arrival();
      await promise;
      slow.running -= 1;
      return [{ tag: 'tool', found, how: 'told by the test' }];
    },
  };
  return { slow, probes: new Map([['slow', probe]]) };
}

async function probed() {
  const { slow, probes } = slowProbe();
  const changes: CapabilityChange[] = [];
  const stopping = new AbortController();
  const options = { addCapabilities: [], hideCapabilities: [], probes };
  const capabilities = new Capabilities(options, stopping.signal, (change) => changes.push(change));
  const first = capabilities.probe();
  await slow.begun(1);
  slow.looks[0]?.end();
  await first;
  return { slow, capabilities, changes, stopping };
}

describe('what a host can do', () => {
  it('is what the last look found, however rounds of probing were asked for while another ran [R2] [R4]', async () => {
    const { slow, capabilities, changes } = await probed();
    expect([capabilities.tags, changes]).toEqual([['tool'], []]);

    const timed = capabilities.probe();
    await slow.begun(2);
    slow.found = false;
    const asked = capabilities.probe();
    const askedToo = capabilities.probe();
    await turn();
    expect(slow.looks).toHaveLength(2);

    slow.looks[1]?.end();
    await timed;
    expect(capabilities.tags).toEqual(['tool']);
    // Both see a look that began after they asked, and share it.
    await slow.begun(3);
    slow.looks[2]?.end();
    await Promise.all([asked, askedToo]);
    expect(capabilities.tags).toEqual([]);
    expect(changes).toEqual([{ gained: [], lost: ['tool'] }]);
    expect([slow.looks.length, slow.most]).toEqual([3, 1]);
  });

  it('stays as it was when the worker is told to stop in the midst of a round [P1]', async () => {
    const { slow, capabilities, changes, stopping } = await probed();
    slow.found = false;
    const round = capabilities.probe();
    await slow.begun(2);
    stopping.abort();
    slow.looks[1]?.end();
    await round;
    expect([capabilities.tags, changes]).toEqual([['tool'], []]);
  });
});
