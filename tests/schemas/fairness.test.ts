import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fairnessOf } from '../../schemas/fairness.ts';

describe('to whom a task counts', () => {
  it('is its project, else who submitted it, else nobody [R8]', () => {
    expect(fairnessOf({ project: 'web', submitter: 'ada' }, {})).toEqual({ key: 'web', weight: 1 });
    expect(fairnessOf({ project: null, submitter: 'ada' }, { ada: 2 })).toEqual({ key: 'ada', weight: 2 });
    expect(fairnessOf({ project: null, submitter: null }, { web: 2 })).toBeNull();
  });

  it('is a key of at most 64 bytes, whole characters from the beginning of the name [R8]', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 200 }), (project) => {
        const { key = '', weight } = fairnessOf({ project, submitter: null }, { [project]: 0.5 }) ?? {};
        expect(new TextEncoder().encode(key).length).toBeLessThanOrEqual(64);
        expect(project.startsWith(key)).toBe(true);
        expect(key.isWellFormed()).toBe(true);
        // The weight is that of the whole name.
        expect(weight).toBe(0.5);
      }),
    );
  });

  it('has no weight by a name that every object knows [R8]', () => {
    expect(fairnessOf({ project: 'constructor', submitter: null }, {})).toEqual({ key: 'constructor', weight: 1 });
  });
});
