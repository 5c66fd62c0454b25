import { z } from 'zod';

/** Most tags one task or one host rule may name. */
export const MAX_TAGS = 32;
/** Longest tag, in characters. */
export const MAX_TAG_LENGTH = 64;

/**
 * One capability tag: a flat name, compared exactly. Surrounding space is cut and letters are lowered, so that
 * `Docker ` and `docker` cannot become two routes.
 */
export const Tag = z
  .string()
  .trim()
  .min(1, 'a tag cannot be empty')
  .max(MAX_TAG_LENGTH, `a tag has at most ${MAX_TAG_LENGTH} characters`)
  // Before letters are lowered: there are letters outside ASCII whose lower case is within.
  .regex(/^[A-Za-z0-9.+_-]+$/, 'a tag has only the characters a-z 0-9 . + _ -')
  .toLowerCase();
export type Tag = z.infer<typeof Tag>;

/** A set of tags as everyone sees it: normalised, duplicates merged, sorted. */
export const TagSet = z
  .array(Tag)
  .transform((tags) => [...new Set(tags)].sort())
  .refine((tags) => tags.length <= MAX_TAGS, `at most ${MAX_TAGS} tags`);
export type TagSet = z.infer<typeof TagSet>;

/** The shared vocabulary by group. Any other tag is allowed; these are the ones every installation means alike. */
export const VOCABULARY = {
  os: ['linux', 'freebsd'],
  isolation: ['docker', 'freebsd-jail'],
  display: ['gui', 'screenshot', 'wayland'],
  hardware: ['gpu', 'zfs'],
  runtime: ['python3.12', 'node24', 'rust', 'go'],
  media: ['ffmpeg', 'pillow', 'image-render'],
  agent: ['claude', 'codex', 'gemini', 'opencode', 'pi'],
} as const satisfies Record<string, readonly string[]>;

/** Every tag of the shared vocabulary. */
export const VOCABULARY_TAGS: readonly string[] = Object.values(VOCABULARY).flat();

/** The required tags that are not offered, in the order required. Empty means: qualified. */
export function missingTags(required: readonly string[], offered: readonly string[]): string[] {
  const has = new Set(offered);
  return required.filter((tag) => !has.has(tag));
}

/** True when every required tag is offered. The only rule by which work is ever given to a host. */
export function isQualified(required: readonly string[], offered: readonly string[]): boolean {
  return missingTags(required, offered).length === 0;
}
