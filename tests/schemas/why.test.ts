import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { explainWait, type WhyHost, waitedFor } from '../../schemas/why.ts';
import { crowdedTagSet, whyHosts } from './arbitraries.ts';

const host = (name: string, status: WhyHost['status'], ...capabilities: string[]): WhyHost => ({
  name,
  status,
  capabilities,
});

describe('why a task waits', () => {
  it('says that no host has joined the fleet [R6]', () => {
    const why = explainWait({ tags: ['docker'] }, []);
    expect(why).toMatchObject({ reason: 'all-offline', hosts: [], requires: [{ tag: 'docker', hosts: [] }] });
    expect(why.sentence).toContain('No host has joined');
  });

  it('names a tag that no host has, with the nearest spelling [R6]', () => {
    const why = explainWait({ tags: ['linux', 'screenshott'] }, [host('osa', 'online', 'linux')]);
    expect(why.reason).toBe('no-host-has-tag');
    expect(why.sentence).toContain('"screenshott" (did you mean "screenshot"?)');
    expect(why.sentence).toContain('starts by itself');
    expect(why.requires).toEqual([
      { tag: 'linux', hosts: ['osa'], nearest: [] },
      { tag: 'screenshott', hosts: [], nearest: ['screenshot'] },
    ]);
    expect(why.hosts).toEqual([{ name: 'osa', status: 'online', missing: ['screenshott'], reserved: [] }]);
  });

  it('looks for the nearest spelling among the own tags of hosts too [R6]', () => {
    expect(
      explainWait({ tags: ['blender-renderr'] }, [host('a', 'offline', 'blender-render')]).requires[0]?.nearest,
    ).toEqual(['blender-render']);
  });

  it('does not correct a word of the shared vocabulary into its neighbour [R6]', () => {
    for (const tag of ['freebsd', 'gpu', 'go']) {
      const why = explainWait({ tags: [tag] }, [host('debby', 'online', 'linux', 'gui', 'freebsd-jail')]);
      expect(why.requires).toEqual([{ tag, hosts: [], nearest: [] }]);
      expect(why.sentence).not.toContain('did you mean');
    }
  });

  it('says when no single host has all, and who comes closest [R6]', () => {
    const why = explainWait({ tags: ['docker', 'gpu', 'linux'] }, [
      host('domedog', 'online', 'docker', 'linux'),
      host('debby', 'offline', 'gpu'),
    ]);
    expect(why.reason).toBe('no-host-has-all');
    expect(why.sentence).toContain('domedog comes closest and lacks "gpu"');
  });

  it.each([
    ['offline', 'all-offline', 'does not answer'],
    ['stale', 'all-offline', 'does not answer'],
    ['draining', 'all-draining', 'draining'],
    ['busy', 'all-busy', 'busy'],
    ['online', 'starting', 'about to start'],
  ] as const)('tells %s hosts as %s [R6]', (status, reason, words) => {
    const why = explainWait({ tags: ['docker'] }, [host('domedog', status, 'docker'), host('osa', 'online', 'zfs')]);
    expect(why.reason).toBe(reason);
    expect(why.sentence).toContain(words);
    expect(why.sentence).toContain('domedog');
    expect(why.sentence).not.toContain('osa');
  });

  it('prefers the reason that is nearest to starting: busy before draining before offline [R6]', () => {
    const all = [
      host('a', 'offline', 'x'),
      host('b', 'draining', 'x'),
      host('c', 'busy', 'x'),
      host('d', 'online', 'x'),
    ];
    const reasons = [1, 2, 3, 4].map((n) => explainWait({ tags: ['x'] }, all.slice(0, n)).reason);
    expect(reasons).toEqual(['all-offline', 'all-draining', 'all-busy', 'starting']);
  });

  it('is never about to start without a free capable host, and always with one [R6]', () => {
    fc.assert(
      fc.property(crowdedTagSet, whyHosts, (requires, hosts) => {
        const capable = hosts.filter((h) => requires.every((tag) => h.capabilities.includes(tag)));
        const expected =
          hosts.length === 0
            ? 'all-offline'
            : requires.some((tag) => !hosts.some((h) => h.capabilities.includes(tag)))
              ? 'no-host-has-tag'
              : capable.length === 0
                ? 'no-host-has-all'
                : capable.some((h) => h.status === 'online')
                  ? 'starting'
                  : capable.some((h) => h.status === 'busy')
                    ? 'all-busy'
                    : capable.some((h) => h.status === 'draining')
                      ? 'all-draining'
                      : 'all-offline';
        expect(explainWait({ tags: requires }, hosts).reason).toBe(expected);
      }),
      { numRuns: 1_000 },
    );
  });

  it('never names a host as capable that lacks a tag, and shows every host with what it lacks [R6]', () => {
    fc.assert(
      fc.property(crowdedTagSet, whyHosts, (requires, hosts) => {
        const why = explainWait({ tags: requires }, hosts);
        expect(why.hosts.map((h) => h.name)).toEqual(hosts.map((h) => h.name).sort());
        for (const { name, capabilities } of hosts) {
          const missing = requires.filter((tag) => !capabilities.includes(tag));
          expect(why.hosts.find((h) => h.name === name)?.missing).toEqual(missing);
          const named = new RegExp(`\\b${name}\\b(?!-)`).test(why.sentence.replace(/; \S+ comes closest.*/, ''));
          if (missing.length > 0) expect(named).toBe(false);
        }
        for (const row of why.requires) {
          expect(row.hosts).toEqual(
            hosts
              .filter((h) => (h.capabilities as readonly string[]).includes(row.tag))
              .map((h) => h.name)
              .sort(),
          );
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('tells since when as people say it [R6]', () => {
    expect(waitedFor(0, 90_000)).toBe('1m30s');
    expect(waitedFor(5_000, 0)).toBe('0ms');
  });
});
