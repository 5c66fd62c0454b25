import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Probe } from '../../workers/probes/index.ts';
import { runProbes } from '../../workers/probes/index.ts';
import { fakeMachine } from './fake-programs.ts';

const mapOf = (...probes: Probe[]) => new Map(probes.map((probe) => [probe.name, probe]));
const good: Probe = { name: 'good', tags: ['good'], run: async () => [{ tag: 'good', found: true, how: 'it is' }] };

function isGone(pid: string): boolean {
  try {
    process.kill(Number(pid), 0);
    return /^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return true;
  }
}

describe('running the probes', () => {
  it('ends a program that hangs and ignores TERM, with all it started, and reports in time [R2]', async () => {
    const { folder, env } = fakeMachine({
      docker: `trap '' TERM HUP INT
/bin/sh -c 'trap "" TERM; echo $$ >"$HOME/child"; while :; do /bin/sleep 1; done' &
echo $$ >"$HOME/parent"
while :; do /bin/sleep 1; done`,
    });
    const started = performance.now();
    const report = await runProbes({ only: ['docker'], env, timeoutMs: 2_000 });
    expect(performance.now() - started).toBeLessThan(8_000);
    expect(report.capabilities).toEqual([]);
    expect(report.findings).toMatchObject([{ tag: 'docker', found: false, probe: 'docker' }]);
    expect(report.findings[0]?.how).toMatch(/no answer within \d+ ms/);
    for (const name of ['parent', 'child']) {
      const pid = readFileSync(join(folder, name), 'utf8').trim();
      await expect.poll(() => isGone(pid), { timeout: 5_000 }).toBe(true);
    }
  });

  it('reports on time although a probe itself never answers and heeds no signal [R2]', async () => {
    const deaf: Probe = { name: 'deaf', tags: ['deaf', 'dumb'], run: () => new Promise(() => {}) };
    const report = await runProbes({ probes: mapOf(deaf, good), timeoutMs: 200 });
    expect(report.capabilities).toEqual(['good']);
    expect(report.findings.filter((finding) => !finding.found)).toMatchObject([
      { tag: 'deaf', how: 'no answer within 200 ms' },
      { tag: 'dumb', how: 'no answer within 200 ms' },
    ]);
  });

  it('lets no probe hurt another by throwing, at once or later [R2]', async () => {
    const thrower: Probe = {
      name: 'thrower',
      tags: ['a', 'b'],
      run() {
        throw new Error('no such luck');
      },
    };
    const rejecter: Probe = { name: 'rejecter', tags: ['c'], run: () => Promise.reject('just text') };
    const report = await runProbes({ probes: mapOf(thrower, good, rejecter) });
    expect(report.capabilities).toEqual(['good']);
    expect(report.findings.map(({ tag, how }) => [tag, how])).toEqual([
      ['a', 'the probe failed: no such luck'],
      ['b', 'the probe failed: no such luck'],
      ['good', 'it is'],
      ['c', 'the probe failed: just text'],
    ]);
  });

  it('runs all probes at the same time [R2]', async () => {
    let running = 0;
    let release = () => {};
    const together = new Promise<void>((resolve) => {
      release = resolve;
    });
    const names = Array.from({ length: 30 }, (_, at) => `p${at}`);
    const probes = names.map(
      (name): Probe => ({
        name,
        tags: [name],
        // Nobody goes on until everybody has come.
        async run() {
          running += 1;
          if (running === names.length) release();
          await together;
          return [{ tag: name, found: true, how: 'met all others' }];
        },
      }),
    );
    expect((await runProbes({ probes: mapOf(...probes) })).capabilities).toEqual([...names].sort());
  });

  it('gives a probe its own limit, another one when told, and never more than 15 s [R2]', async () => {
    const asked: Record<string, number> = {};
    const ask = (name: string, own?: number): Probe => ({
      name,
      tags: [],
      ...(own === undefined ? {} : { timeoutMs: own }),
      async run({ timeoutMs }) {
        asked[name] = timeoutMs;
        return [];
      },
    });
    const probes = mapOf(ask('usual'), ask('slow', 10_000), ask('endless', 99_000));
    await runProbes({ probes });
    expect(asked).toEqual({ usual: 4_000, slow: 8_000, endless: 12_000 });
    await runProbes({ probes, timeoutMs: 60_000 });
    expect(asked).toEqual({ usual: 12_000, slow: 12_000, endless: 12_000 });
  });

  it('stops when the caller says so and leaves nothing running [R2]', async () => {
    const { folder, env } = fakeMachine({ docker: 'echo $$ >"$HOME/pid"; exec /bin/sleep 600' });
    const stop = new AbortController();
    const reporting = runProbes({ only: ['docker'], env, signal: stop.signal });
    const pid = () => (existsSync(join(folder, 'pid')) ? readFileSync(join(folder, 'pid'), 'utf8').trim() : '');
    await expect.poll(pid, { timeout: 8_000 }).toMatch(/^\d+$/);
    stop.abort();
    expect((await reporting).findings).toMatchObject([{ tag: 'docker', found: false, how: 'probing was stopped' }]);
    await expect.poll(() => isGone(pid()), { timeout: 5_000 }).toBe(true);
  });

  it('hides and adds tags as configured, and says so; hiding wins [R2]', async () => {
    const report = await runProbes({ probes: mapOf(good), hide: ['good', 'both'], add: ['gpu', 'both', 'gpu'] });
    expect(report.capabilities).toEqual(['gpu']);
    expect(report.findings.map(({ tag, found, how, probe }) => [tag, found, how, probe])).toEqual([
      ['good', false, 'hidden by configuration, although it is', 'good'],
      ['gpu', true, 'added by configuration, not proven', 'configuration'],
    ]);
  });

  it('lists capabilities sorted and each once, with the time of the report [R2]', async () => {
    const twice: Probe = {
      name: 'twice',
      tags: ['z'],
      run: async () => ['z', 'a', 'z'].map((tag) => ({ tag, found: true, how: 'seen' })),
    };
    const before = Date.now();
    const report = await runProbes({ probes: mapOf(twice) });
    expect(report.capabilities).toEqual(['a', 'z']);
    expect(report.at).toBeGreaterThanOrEqual(before);
    expect(report.at).toBeLessThanOrEqual(Date.now());
  });

  it('refuses to run a probe that does not exist and names those that do [T2]', async () => {
    await expect(runProbes({ only: ['dokcer'] })).rejects.toThrow(/no probe "dokcer"; there are .*docker/);
  });
});
