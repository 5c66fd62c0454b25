import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nearest } from '../../schemas/nearest.ts';
import { VOCABULARY_TAGS } from '../../schemas/tags.ts';

describe('the nearest spelling', () => {
  it.each([
    ['screenshott', 'screenshot'],
    ['screnshot', 'screenshot'],
    ['dokcer', 'docker'],
    ['python312', 'python3.12'],
    ['python', 'python3.12'],
    ['node', 'node24'],
    ['lunix', 'linux'],
    ['claud', 'claude'],
    ['rsut', 'rust'],
    ['gpuu', 'gpu'],
  ])('of %s is %s [R6]', (given, wanted) => {
    expect(nearest(given, VOCABULARY_TAGS)[0]).toBe(wanted);
  });

  it.each(['kubernetes', 'xyzzy', ''])('of %j is none [R6]', (given) => {
    expect(nearest(given, VOCABULARY_TAGS)).toEqual([]);
  });

  it('finds one slip of the finger in any tag of the vocabulary, best first, never the word itself [R6]', () => {
    const slip = fc
      .record({
        tag: fc.constantFrom(...VOCABULARY_TAGS.filter((t) => t.length > 2)),
        at: fc.nat(),
        to: fc.constant('#'),
      })
      .map(({ tag, at, to }) => ({
        tag,
        typed: tag.slice(0, at % tag.length) + to + tag.slice((at % tag.length) + 1),
      }));
    fc.assert(
      fc.property(slip, ({ tag, typed }) => {
        const found = nearest(typed, VOCABULARY_TAGS);
        expect(found).toContain(tag);
        expect(found.length).toBeLessThanOrEqual(3);
        expect(nearest(tag, VOCABULARY_TAGS)).not.toContain(tag);
      }),
    );
  });

  it('does not depend on the order of what is known [R6]', () => {
    const known = ['bb', 'ab', 'ac'];
    expect(nearest('aa', known)).toEqual(nearest('aa', [...known].reverse()));
  });
});
