import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { plainWords } from '../../schemas/plain-words.ts';

function said(schema: z.ZodType, value: unknown): string {
  const [issue] = schema.safeParse(value).error?.issues ?? [];
  if (issue === undefined) throw new Error('it is valid');
  return plainWords(issue);
}

describe('what is wrong with a value', () => {
  it.each([
    [z.string(), 7, 'must be a text'],
    [z.object({ a: z.string() }), {}, 'is missing'],
    [z.object({ a: z.string() }), undefined, 'must be a map of fields'],
    [z.array(z.string()), 'a', 'must be a list'],
    [z.int(), 1.5, 'must be a whole number'],
    [z.string().max(3), 'abcd', 'longer than 3 characters'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().min(8), 'a', 'needs at least 8 characters'],
    [z.array(z.string()).max(1), ['a', 'b'], 'more than 1 entries'],
    [z.number().max(5), 6, 'must be at most 5'],
    [z.number().min(1), 0, 'must be at least 1'],
    [z.number().lt(5), 5, 'must be less than 5'],
    [z.number().gt(5), 5, 'must be more than 5'],
    [z.enum(['stop', 'continue']), 'x', 'give one of stop, continue'],
    [z.literal('command'), 'x', 'must be "command"'],
  ])('is said in plain words: %#, %j, "%s" [T2]', (schema, value, words) => {
    expect(said(schema, value)).toBe(words);
  });

  it('is said as the schema itself says it, where it does [T2]', () => {
    expect(said(z.string().max(3, 'too long to type'), 'abcd')).toBe('too long to type');
  });
});
