import { describe, expect, it } from 'vitest';
import { parseOrThrow } from '../../schemas/parse.ts';
import { inputVariable, SkillInputs } from '../../schemas/skill-inputs.ts';
import { TaskSpec } from '../../schemas/task.ts';

describe('the inputs of a skill', () => {
  it('are texts by name, and none unless given [R3]', () => {
    expect(TaskSpec.parse({ skill: 'echo' }).skillInputs).toEqual({});
    const skillInputs = { pool: 'tank', 'snapshot-name': '', text: 'a\nb' };
    expect(TaskSpec.parse({ skill: 'echo', skillInputs }).skillInputs).toEqual(skillInputs);
    expect(inputVariable('snapshot-name')).toBe('COLIBRI_INPUT_SNAPSHOT_NAME');
  });

  it('are for a skill: a task without one is refused [R3] [T2]', () => {
    expect(() => parseOrThrow(TaskSpec, { command: ['true'], skillInputs: { a: '1' } }, 'x')).toThrow(
      'x: skillInputs: name the skill that they are for',
    );
  });

  it.each([
    [{ '': 'x' }, 'starts with a letter'],
    [{ '1a': 'x' }, '1a: an input has letters, digits, _ and -'],
    [{ 'a b': 'x' }, 'a b: an input has'],
    [JSON.parse('{"__proto__":"x"}'), '__proto__'],
    [{ a: 1 }, 'a: give text'],
    [{ a: 'x\0' }, 'a: contains a NUL character'],
    [{ a: 'x'.repeat(32_769) }, 'a: longer than 32 KiB'],
    [{ 'a-b': '1', A_B: '2' }, 'A_B: is COLIBRI_INPUT_A_B in the environment, as is a-b'],
    [Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`a${n}`, ''])), 'more than 100 inputs'],
    [Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((k) => [k, 'x'.repeat(30_000)])), 'longer than 128 KiB in all'],
  ])('are refused naming what is wrong: %# [R3] [T2]', (given, message) => {
    expect(() => parseOrThrow(SkillInputs, given, 'x')).toThrow(message);
  });
});
