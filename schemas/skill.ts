import { z } from 'zod';
import { TagSet } from './tags.ts';

/** What one skill may take; anything beyond is refused. */
export const SKILL_LIMITS = {
  /** All files together. */
  bytes: 20 * 1024 ** 2,
  /** The same compressed. */
  packedBytes: 8 * 1024 ** 2,
  files: 2_000,
  pathBytes: 512,
  /** SKILL.md itself: agents read it whole. */
  headBytes: 256 * 1024,
  /** Of packed content in one payload: in base64 below the 512 KiB from which a stock server warns. */
  partBytes: 380_000,
} as const;

/** A skill's name: that of its folder. */
export const SkillName = z
  .string('give a name')
  .max(64, 'longer than 64 characters')
  .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'lower-case letters, digits and single hyphens');

/** sha256 of a skill's canonical archive, in hexadecimal. */
export const SkillDigest = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');

/**
 * The head of a SKILL.md in the Agent Skills format. Colibri's own settings stand under `metadata`, the one place where
 * the format allows them: `colibri-requires` (tags separated by spaces) and `colibri-entry` (a program beside SKILL.md).
 */
export const SkillManifest = z
  .strictObject({
    name: SkillName,
    description: z.string('give a text').trim().min(1, 'say what it does and when to use it').max(1024),
    license: z.string().max(500).optional(),
    compatibility: z.string().min(1).max(500).optional(),
    'allowed-tools': z
      .union([z.string(), z.array(z.string()).transform((tools) => tools.join(' '))], {
        error: 'give names separated by blanks',
      })
      .pipe(z.string().max(2_000))
      .optional(),
    metadata: z
      .record(
        z.string().max(64),
        z.string('give text: put a number, yes or no in quotes').max(2_000),
        'give names with texts',
      )
      .refine((entries) => Object.keys(entries).length <= 32, 'at most 32 names')
      .default({}),
  })
  .transform(({ 'allowed-tools': allowedTools, ...head }, ctx) => {
    const refuse = (key: string, message: string) => {
      ctx.addIssue({ code: 'custom', path: ['metadata', key], message });
      return z.NEVER;
    };
    const requires = TagSet.safeParse(
      (head.metadata['colibri-requires'] ?? '').split(/\s+/).filter((tag) => tag !== ''),
    );
    if (!requires.success) return refuse('colibri-requires', requires.error.issues[0]?.message ?? 'bad tags');
    const entry = head.metadata['colibri-entry'] ?? null;
    const problem = entry === null ? null : problemOfPath(entry);
    if (problem !== null) return refuse('colibri-entry', problem);
    return { ...head, ...(allowedTools !== undefined && { allowedTools }), requires: requires.data, entry };
  });
export type SkillManifest = z.infer<typeof SkillManifest>;

/** Why a path cannot be that of a file of a skill, null when it can: it must stay in the folder on every system. */
export function problemOfPath(path: string): string | null {
  if (path === '') return 'is empty';
  if (path.startsWith('/')) return 'is absolute: name a file of the folder';
  if (new TextEncoder().encode(path).length > SKILL_LIMITS.pathBytes)
    return `is longer than ${SKILL_LIMITS.pathBytes} bytes`;
  if (/[\p{Cc}\p{Cs}\ufffd\\]/u.test(path)) return 'holds a control character, a backslash or bytes that are not UTF-8';
  const parts = path.split('/');
  if (parts.includes('..')) return 'leaves the folder';
  if (parts.some((part) => part === '' || part === '.')) return 'is not in its shortest form';
  return null;
}

/** A skill's content as it is kept on the server: its name and its digest. */
export const SkillRef = z.object({ name: SkillName, digest: SkillDigest });
export type SkillRef = z.infer<typeof SkillRef>;

/** `name@digest`: what a content is called, and what tasks that need it are found by. */
export function skillKey({ name, digest }: SkillRef): string {
  return `${name}@${digest}`;
}

/**
 * What a task gets of its skill, settled once for all its attempts. `digest`: of its content, null for one that comes with
 * Colibri. `requires`: the tags that it adds.
 */
export const SkillPin = z.object({ digest: SkillDigest.nullable(), requires: z.array(z.string()) });
export type SkillPin = z.infer<typeof SkillPin>;

/** What content says of itself when it is read: all of a registered skill but who registered it and when. */
export const SkillContents = SkillRef.extend({
  description: z.string(),
  license: z.string().nullable(),
  compatibility: z.string().nullable(),
  allowedTools: z.string().nullable(),
  metadata: z.record(z.string(), z.string()),
  requires: z.array(z.string()),
  entry: z.string().nullable(),
  /** Size of all files together. */
  bytes: z.int(),
  /** The same compressed. */
  packedBytes: z.int(),
  /** How many. */
  files: z.int(),
});
export type SkillContents = z.infer<typeof SkillContents>;

/** A skill as the registry keeps it. `registeredAt`: ISO 8601. */
export const RegisteredSkill = SkillContents.extend({ registeredBy: z.string(), registeredAt: z.string() });
export type RegisteredSkill = z.infer<typeof RegisteredSkill>;

const Who = z.string().trim().min(1).max(200);

/** Asks the registry to take content that is on the server. */
export const RegisterSkill = SkillRef.extend({ by: Who });
export type RegisterSkill = z.infer<typeof RegisterSkill>;

/** `changed`: false when that very content was registered already. `replaced`: digest of the one before. */
export interface SkillRegistration {
  skill: RegisteredSkill;
  changed: boolean;
  replaced: string | null;
}

export const RemoveSkill = z.object({ name: SkillName, by: Who });
export type RemoveSkill = z.infer<typeof RemoveSkill>;

/** One of the `parts` of a packed content, counted from 0. `data`: base64. */
export const SkillPart = SkillRef.extend({
  index: z.int().min(0),
  parts: z.int().min(1).max(64),
  // Not zod's own rule for base64: it needs `atob`, which workflows do not have.
  data: z
    .string()
    .min(1)
    .max(1_000_000)
    .regex(/^[A-Za-z0-9+/]*={0,2}$/, 'expected base64'),
});
export type SkillPart = z.infer<typeof SkillPart>;
