import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isReserved, lacking, mayServe, widen } from '../../schemas/serving.ts';
import { crowdedTagSet } from './arbitraries.ts';

const sets = fc.array(
  crowdedTagSet.map((tags) => [...tags].sort()),
  { maxLength: 4 },
);
const offering = fc.record({
  name: fc.constantFrom('debby', 'osa'),
  capabilities: crowdedTagSet,
  reserve: fc.option(crowdedTagSet, { nil: undefined }),
});
const pin = fc.constantFrom(null, undefined, 'debby', 'osa');

describe('what a host may serve', () => {
  it('is work of which it has all of one set, that is for it, and for which it keeps itself, if it does [R4] [R9]', () => {
    fc.assert(
      fc.property(crowdedTagSet, sets, pin, offering, (tags, or, host, offered) => {
        const { name, capabilities, reserve = [] } = offered;
        let may = false;
        for (const set of [tags, ...or]) {
          const hasAll = set.every((tag) => (capabilities as string[]).includes(tag));
          const isMeant = reserve.length === 0 || set.some((tag) => (reserve as string[]).includes(tag));
          if (hasAll && isMeant && (host ?? name) === name) may = true;
        }
        expect(mayServe({ tags, or, host }, offered)).toBe(may);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is the same for the further sets that are left when those that change nothing are not [R9]', () => {
    fc.assert(
      fc.property(crowdedTagSet, sets, offering, (tags, or, offered) => {
        const wider = widen([...tags].sort(), or);
        expect(mayServe({ tags, or: wider }, offered)).toBe(mayServe({ tags, or }, offered));
        const names = [[...tags].sort(), ...wider].map((set) => set.join(' '));
        expect(new Set(names).size).toBe(names.length);
      }),
      { numRuns: 2_000 },
    );
  });

  it('lets a set with more tags in where a host keeps itself for one of them [R9]', () => {
    const scarce = { name: 'scarce', capabilities: ['linux', 'gpu'], reserve: ['gpu'] };
    const or = widen(['linux'], [['gpu', 'linux']]);
    expect(mayServe({ tags: ['linux'] }, scarce)).toBe(false);
    expect(mayServe({ tags: ['linux'], or }, scarce)).toBe(true);
    expect(isReserved(['linux'], scarce)).toBe(true);
  });

  it('names the tags that are missing to the set which is nearest [R6]', () => {
    fc.assert(
      fc.property(crowdedTagSet, sets, offering, (tags, or, offered) => {
        const missing = [tags, ...or].map(
          (set) => set.filter((tag) => !(offered.capabilities as string[]).includes(tag)).length,
        );
        expect(lacking({ tags, or }, offered)).toHaveLength(Math.min(...missing));
      }),
    );
  });
});
