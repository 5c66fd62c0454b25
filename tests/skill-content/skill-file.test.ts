import { describe, expect, it } from 'vitest';
import { parseSkillText } from '../../workers/skill-content/skill-file.ts';

const whole = `---
name: pdf-forms
description: Fills in forms.
license: Apache-2.0
compatibility: Needs Python.
allowed-tools: Bash(git:*) Read
metadata:
  author: someone
  colibri-requires: python3.12 linux
---
# How

Step by step.
`;

describe('a SKILL.md', () => {
  it('is read with every field that the format has, and its body as instructions [R3]', () => {
    expect(parseSkillText(whole, 'x')).toEqual({
      manifest: {
        ...{ name: 'pdf-forms', description: 'Fills in forms.', license: 'Apache-2.0', compatibility: 'Needs Python.' },
        ...{ allowedTools: 'Bash(git:*) Read', entry: null, requires: ['linux', 'python3.12'] },
        metadata: { author: 'someone', 'colibri-requires': 'python3.12 linux' },
      },
      instructions: '# How\n\nStep by step.',
    });
  });

  it('may have the line ends and the mark of another system, and no body [R3]', () => {
    expect(parseSkillText(`\ufeff${whole.replaceAll('\n', '\r\n')}`, 'x').manifest.name).toBe('pdf-forms');
    expect(parseSkillText('---\nname: a\ndescription: b\n---', 'x').instructions).toBe('');
  });

  it('may list its tools one by one [R3]', () => {
    const text = '---\nname: a\ndescription: b\nallowed-tools: [Read, Bash]\n---\n';
    expect(parseSkillText(text, 'x').manifest.allowedTools).toBe('Read Bash');
  });

  it.each([
    [
      'requires: linux',
      'requires: the Agent Skills format has no such field; did you mean "colibri-requires" under "metadata"?',
    ],
    [
      'entry: run.sh',
      'entry: the Agent Skills format has no such field; did you mean "colibri-entry" under "metadata"?',
    ],
    ['licence: MIT', 'licence: the Agent Skills format has no such field; did you mean "license"?'],
    ['version: 1', 'version: the Agent Skills format has no such field; what is your own stands under metadata'],
    ['metadata: {version: 1.0}', 'metadata.version: give text: put a number, yes or no in quotes'],
    ['metadata: [a]', 'metadata: give names with texts'],
    ['metadata: {colibri-requires: no/way}', 'metadata.colibri-requires: a tag has only the characters'],
    [`compatibility: ${'x'.repeat(501)}`, 'compatibility: '],
    ['license: [MIT', 'its front matter is no YAML: '],
  ])('is refused with "%s" [R3] [T2]', (line, message) => {
    expect(() => parseSkillText(`---\nname: a\ndescription: b\n${line}\n---\n`, 'a/SKILL.md')).toThrow(
      `a/SKILL.md: ${message}`,
    );
  });

  it.each([
    ['', 'starts with no front matter'],
    ['# A skill\n', 'starts with no front matter'],
    ['---\nname: a\n', 'starts with no front matter'],
    ['---\njust text\n---\n', 'must be a map of fields'],
    [`---\nname: a\ndescription: b\n---\n${'x'.repeat(262_145)}`, 'longer than 256 KiB'],
  ])('is refused when it is no such file: %j [R3] [T2]', (text, message) => {
    expect(() => parseSkillText(text, 'a/SKILL.md')).toThrow(message);
  });
});
