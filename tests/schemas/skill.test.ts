import { describe, expect, it } from 'vitest';
import { parseOrThrow } from '../../schemas/parse.ts';
import { SkillManifest } from '../../schemas/skill.ts';

const head = { name: 'tmux-screenshot', description: 'Takes a picture.' };

describe('the head of a skill', () => {
  it('tells its tags and its entry [R3]', () => {
    const metadata = { 'colibri-requires': ' Screenshot  linux screenshot ', 'colibri-entry': 'run.mjs', author: 'x' };
    expect(SkillManifest.parse({ ...head, metadata })).toMatchObject({
      name: 'tmux-screenshot',
      requires: ['linux', 'screenshot'],
      entry: 'run.mjs',
    });
  });

  it('requires nothing and has no entry unless it says so [R3]', () => {
    expect(SkillManifest.parse(head)).toMatchObject({ requires: [], entry: null });
    expect(SkillManifest.parse({ ...head, metadata: { 'colibri-requires': '' } }).requires).toEqual([]);
  });

  it.each([
    [{ description: 'x' }, 'name'],
    [{ ...head, name: 'Tmux' }, 'name'],
    [{ ...head, name: 'a--b' }, 'name'],
    [{ ...head, name: 'x'.repeat(65) }, 'name'],
    [{ name: 'a' }, 'description'],
    [{ ...head, description: '' }, 'description'],
    [{ ...head, metadata: { 'colibri-requires': 7 } }, 'metadata.colibri-requires'],
    [{ ...head, metadata: { 'colibri-requires': 'no/way' } }, 'metadata.colibri-requires'],
  ])('%j is refused naming %s [R3]', (given, field) => {
    expect(() => parseOrThrow(SkillManifest, given, 'SKILL.md')).toThrow(`SKILL.md: ${field}: `);
  });
});
