import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isQualified, MAX_TAGS, missingTags, Tag, TagSet, VOCABULARY_TAGS } from '../../schemas/tags.ts';
import { tagSet } from './arbitraries.ts';

function complaint(value: unknown): { path: string; message: string } {
  const issue = TagSet.safeParse(value).error?.issues[0];
  return { path: issue?.path.join('.') ?? 'accepted', message: issue?.message ?? 'accepted' };
}

describe('tags', () => {
  it.each([
    ['  Docker ', 'docker'],
    ['PYTHON3.12', 'python3.12'],
    ['c++', 'c++'],
    ['a'.repeat(64), 'a'.repeat(64)],
  ])('takes %j as %j [R1]', (given, wanted) => {
    expect(Tag.parse(given)).toBe(wanted);
  });

  it.each([
    ['', 'cannot be empty'],
    ['   ', 'cannot be empty'],
    ['a'.repeat(65), 'at most 64 characters'],
    ['two words', 'only the characters a-z 0-9 . + _ -'],
    ['a/b', 'only the characters'],
    ['größe', 'only the characters'],
    ['\u212Aernel', 'only the characters'],
    ['a\nb', 'only the characters'],
  ])('refuses %j and says what a tag may be [R1]', (given, reason) => {
    const { path, message } = complaint(['linux', given]);
    expect(path).toBe('1');
    expect(message).toContain(reason);
  });

  it('merges duplicates, sorts, and counts only what is left against the limit [R1]', () => {
    expect(TagSet.parse(['b', 'A', 'a ', 'b'])).toEqual(['a', 'b']);
    const many = Array.from({ length: MAX_TAGS }, (_, i) => `t${i}`);
    expect(TagSet.parse([...many, ...many])).toHaveLength(MAX_TAGS);
    expect(complaint([...many, 'one-more']).message).toBe('at most 32 tags');
  });

  it('is stable: a normalised set stays as it is, in whatever order and case it is given [R1]', () => {
    fc.assert(
      fc.property(tagSet, fc.nat(), (tags, turn) => {
        const at = tags.length === 0 ? 0 : turn % tags.length;
        const given = [...tags.slice(at), ...tags.slice(0, at), ...tags].map((tag) => ` ${tag.toUpperCase()} `);
        expect(TagSet.parse(given)).toEqual(tags);
        expect(TagSet.parse(tags)).toEqual(tags);
      }),
    );
  });

  it('holds the whole shared vocabulary [R1]', () => {
    expect(VOCABULARY_TAGS.map((tag) => Tag.parse(tag))).toEqual(VOCABULARY_TAGS);
    expect(new Set(VOCABULARY_TAGS).size).toBe(VOCABULARY_TAGS.length);
  });

  it('calls a host qualified exactly when the required tags are a subset of its own [R4]', () => {
    fc.assert(
      fc.property(tagSet, tagSet, (required, offered) => {
        const union = new Set([...required, ...offered]);
        expect(isQualified(required, offered)).toBe(union.size === offered.length);
        expect(missingTags(required, offered)).toEqual(required.filter((tag) => !offered.includes(tag)));
      }),
    );
    expect(isQualified([], [])).toBe(true);
  });
});
