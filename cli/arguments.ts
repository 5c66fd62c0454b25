import { InvalidArgumentError } from 'commander';
import type { z } from 'zod';
import { duration } from '../schemas/duration.ts';
import { plainWords } from '../schemas/plain-words.ts';
import { Tag } from '../schemas/tags.ts';

/** Parser of an option that takes a whole number. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < min || value > max) {
      throw new InvalidArgumentError(`Give a whole number from ${min} to ${max}.`);
    }
    return value;
  };
}

/** Parser of an option that takes tags, separated by commas, and may be given again. */
export function tags(text: string, before: string[] = []): string[] {
  const given = text
    .split(',')
    .map((tag) => tag.trim())
    .filter((tag) => tag !== '');
  for (const tag of given) check(Tag, tag, `"${tag}": `);
  return [...before, ...given];
}

/** Parser of an option that takes any JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It is no JSON: ${(error as Error).message}.`);
  }
}

/** Parser of `--alternative TAGS@TIME`, which may be given again. No tags: any host. */
export function alternative(
  text: string,
  before: { requires: string[]; afterMs: string }[] = [],
): { requires: string[]; afterMs: string }[] {
  const [, names = '', after] = /^([^@]*)@([^@]+)$/.exec(text) ?? [];
  if (after === undefined) throw new InvalidArgumentError('Write it as TAGS@TIME, like linux,docker@10m.');
  check(duration({ minMs: 0 }), after, '');
  return [...before, { requires: tags(names), afterMs: after }];
}

/** Parser of `--limit KEY=N`. */
export function limit(text: string): { key: string; max: number } {
  const [, key, max] = /^(.+)=([^=]+)$/.exec(text) ?? [];
  if (key === undefined || max === undefined) throw new InvalidArgumentError('Write it as KEY=N, like repo:x=2.');
  return { key, max: wholeNumber(1, 10_000)(max) };
}

/** Parser of an option whose value a schema describes. The text itself is handed on. */
export function checked(schema: z.ZodType): (text: string) => string {
  return (text) => {
    check(schema, text, '');
    return text;
  };
}

/** Parser of `--env NAME=VALUE` and its like, which may be given again. */
export function variables(text: string, before: Record<string, string> = {}): Record<string, string> {
  const at = text.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('Write it as NAME=VALUE.');
  return { ...before, [text.slice(0, at)]: text.slice(at + 1) };
}

function check(schema: z.ZodType, value: string, prefix: string): void {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw new InvalidArgumentError(`${prefix}${parsed.error.issues.map(plainWords).join(', ')}.`);
}
