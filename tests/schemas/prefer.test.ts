import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstChoices, MAX_CHOICES, type RankedHost, rungs } from '../../schemas/prefer.ts';
import { mayServe } from '../../schemas/serving.ts';
import { crowdedTagSet, whyHosts } from './arbitraries.ts';

const fleet = fc
  .tuple(whyHosts, fc.array(fc.record({ total: fc.integer({ min: 1, max: 4 }), used: fc.nat(4), kept: fc.boolean() })))
  .map(([hosts, more]): RankedHost[] =>
    hosts.map((host, at) => {
      const { total = 2, used = 0, kept = false } = more[at % Math.max(1, more.length)] ?? {};
      return { ...host, slots: { total, used: Math.min(used, total) }, ...(kept && { reserve: ['gpu'] }) };
    }),
  );

const isFree = ({ status, slots }: RankedHost) => status === 'online' && slots.used < slots.total;
const matched = (prefers: readonly string[], { capabilities }: RankedHost) =>
  prefers.filter((tag) => capabilities.includes(tag)).length;
const share = ({ slots }: RankedHost) => slots.used / slots.total;

describe('preferred tags', () => {
  it('rank every host that may do the work, each once, by how many it has, then by slots in use, then by name [R5]', () => {
    fc.assert(
      fc.property(crowdedTagSet, crowdedTagSet, fleet, (tags, prefers, hosts) => {
        const ranked = rungs({ tags }, prefers, hosts);
        const all = ranked.flatMap((rung) => rung.hosts);
        expect(all.map(({ name }) => name).sort()).toEqual(
          hosts
            .filter((host) => mayServe({ tags }, host))
            .map(({ name }) => name)
            .sort(),
        );
        for (const rung of ranked) for (const host of rung.hosts) expect(matched(prefers, host)).toBe(rung.matched);
        all.forEach((host, at) => {
          const after = all[at + 1];
          if (after === undefined) return;
          const order =
            matched(prefers, after) - matched(prefers, host) ||
            share(host) - share(after) ||
            (host.name < after.name ? -1 : 1);
          expect(order).toBeLessThan(0);
        });
      }),
      { numRuns: 1_000 },
    );
  });

  it('choose the best free host first, never one that is busy, away or kept for others [R5] [R9]', () => {
    fc.assert(
      fc.property(crowdedTagSet, crowdedTagSet, fleet, (tags, prefers, hosts) => {
        const chosen = firstChoices({ tags }, prefers, hosts);
        expect(new Set(chosen).size).toBe(chosen.length);
        expect(chosen.length).toBeLessThanOrEqual(MAX_CHOICES);
        const free = hosts.filter((host) => mayServe({ tags }, host) && isFree(host));
        const best = Math.max(0, ...free.map((host) => matched(prefers, host)));
        // When all that are free rank lowest, none is better than another: the first that asks gets it.
        expect(chosen.length > 0).toBe(best > 0);
        const named = chosen.map((name) => hosts.find((host) => host.name === name) as RankedHost);
        for (const host of named) expect(free).toContain(host);
        if (named[0]) expect(matched(prefers, named[0])).toBe(best);
        const left = free.filter((host) => !named.includes(host));
        const worst = named.at(-1);
        for (const host of left) {
          if (worst) expect(matched(prefers, host)).toBeLessThanOrEqual(matched(prefers, worst));
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('give the same order in whatever order hosts and tags come [R5]', () => {
    fc.assert(
      fc.property(crowdedTagSet, crowdedTagSet, fleet, fc.nat(), (tags, prefers, hosts, turn) => {
        const at = hosts.length === 0 ? 0 : turn % hosts.length;
        const turned = [...hosts.slice(at), ...hosts.slice(0, at)].reverse();
        expect(firstChoices({ tags }, [...prefers].reverse(), turned)).toEqual(firstChoices({ tags }, prefers, hosts));
      }),
    );
  });

  it('choose among the hosts of the further sets too, and of one alone that one [R9]', () => {
    const host = (name: string, ...capabilities: string[]): RankedHost => ({
      ...{ name, capabilities, status: 'online', slots: { total: 1, used: 0 } },
    });
    const hosts = [host('a', 'zfs', 'gpu'), host('b', 'linux', 'gpu'), host('c', 'linux')];
    expect(firstChoices({ tags: ['zfs'] }, ['gpu'], hosts)).toEqual(['a']);
    expect(firstChoices({ tags: ['zfs'], or: [['linux']] }, ['gpu'], hosts)).toEqual(['a', 'b', 'c']);
    expect(firstChoices({ tags: [], host: 'b' }, ['gpu'], hosts)).toEqual(['b']);
  });
});
