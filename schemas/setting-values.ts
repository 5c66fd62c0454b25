import { z } from 'zod';
import { TagSet } from './tags.ts';

/** The kinds of values that settings take, as text or as the file's own types, and how people write them. */

export const Path = z.string('give a path').trim().min(1, 'give a path');

const WEIGHTS_ERROR = 'give names with their weights, like "web=2,docs=0.5"';

export const Tags = z
  .union([z.string(), z.array(z.string())], { error: 'give tags, like "docker,gpu" or ["docker", "gpu"]' })
  .transform((given) => (typeof given === 'string' ? given.split(',') : given.flatMap((tag) => tag.split(','))))
  .transform((tags) => tags.map((tag) => tag.trim()).filter((tag) => tag !== ''))
  .pipe(TagSet);

/** `web=2,docs=0.5`, or a table of the file. */
export const Weights = z
  .union([z.string(), z.array(z.string()), z.record(z.string(), z.number())], { error: WEIGHTS_ERROR })
  .transform((given, ctx) => {
    if (typeof given === 'object' && !Array.isArray(given)) return given;
    const parts = [given]
      .flat()
      .flatMap((text) => text.split(','))
      .map((part) => part.trim())
      .filter((part) => part !== '');
    const pairs = parts.map((part) => /^(.+)=(\d+(?:\.\d+)?)$/.exec(part));
    if (pairs.some((pair) => pair === null)) {
      ctx.addIssue({ code: 'custom', message: WEIGHTS_ERROR });
      return z.NEVER;
    }
    return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', Number(pair?.[2])]));
  })
  .pipe(
    z.record(z.string(), z.number().min(0.001, 'a weight is at least 0.001').max(1_000, 'a weight is at most 1000')),
  );

/** Tags as people write them. */
export function tagList(tags: readonly string[]): string {
  return tags.join(',') || '(none)';
}

/** Weights as people write them. */
export function weightList(weights: Record<string, number>): string {
  return Object.entries(weights)
    .map(([name, weight]) => `${name}=${weight}`)
    .join(',');
}

/** A whole number. */
export function count(min: number, max: number) {
  const error = `give a whole number from ${min} to ${max}`;
  return z
    .union([z.number(), z.string().trim().regex(/^\d+$/, error).transform(Number)], { error })
    .pipe(z.int(error).min(min, error).max(max, error));
}
