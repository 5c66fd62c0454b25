import { z } from 'zod';
import { TagSet } from './tags.ts';

/**
 * The head of a SKILL.md in the Agent Skills format. Colibri's own settings stand under `metadata`, the one place where
 * the format allows them: `colibri-requires` (tags separated by spaces) and `colibri-entry` (a script beside SKILL.md).
 */
export const SkillManifest = z
  .object({
    name: z
      .string()
      .max(64)
      .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens'),
    description: z.string().min(1).max(1024),
    license: z.string().optional(),
    compatibility: z.string().optional(),
    metadata: z.record(z.string(), z.string()).default({}),
  })
  .transform((head, ctx) => {
    const requires = TagSet.safeParse(
      (head.metadata['colibri-requires'] ?? '').split(/\s+/).filter((tag) => tag !== ''),
    );
    if (!requires.success) {
      ctx.addIssue({
        code: 'custom',
        path: ['metadata', 'colibri-requires'],
        message: requires.error.issues[0]?.message ?? 'bad tags',
      });
      return z.NEVER;
    }
    return { ...head, requires: requires.data, entry: head.metadata['colibri-entry'] ?? null };
  });
export type SkillManifest = z.infer<typeof SkillManifest>;
