import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitKeywords } from '../../schemas/search-attributes.ts';
import { tagSet } from './arbitraries.ts';

describe('tags as a search attribute', () => {
  it('are all there when they fit, else the first that do: a server ends a workflow for more than 2048 bytes [T3]', () => {
    fc.assert(
      fc.property(tagSet, (tags) => {
        const fitting = fitKeywords(tags);
        expect(JSON.stringify(fitting).length).toBeLessThanOrEqual(2_048);
        expect(tags.slice(0, fitting.length)).toEqual(fitting);
        const next = tags.slice(0, fitting.length + 1);
        if (fitting.length < tags.length) expect(JSON.stringify(next).length).toBeGreaterThan(2_048);
      }),
    );
    const longest = Array.from({ length: 32 }, (_, i) => `${i}`.padEnd(64, 'x'));
    expect(fitKeywords(longest)).toHaveLength(30);
    expect(fitKeywords([])).toEqual([]);
  });
});
