import { z } from 'zod';
import { RegisteredSkill, SkillContents } from '../../schemas/skill.ts';

const SkillJson = SkillContents.extend({
  source: z.enum(['registered', 'shipped']),
  registeredBy: z.string().nullable(),
  registeredAt: z.string().nullable(),
}).strict();

export const SkillListJson = z.strictObject({ skills: z.array(SkillJson) });
export type SkillListJson = z.infer<typeof SkillListJson>;

export const SkillShowJson = SkillJson.extend({
  instructions: z.string(),
  fileList: z.array(z.strictObject({ path: z.string(), bytes: z.int(), executable: z.boolean() })),
});
export type SkillShowJson = z.infer<typeof SkillShowJson>;

/** `replaced`: digest of the content that had the name before. */
export const SkillRegisterJson = z.strictObject({
  skill: RegisteredSkill.strict(),
  changed: z.boolean(),
  replaced: z.string().nullable(),
});
export type SkillRegisterJson = z.infer<typeof SkillRegisterJson>;

export const SkillRemoveJson = SkillJson;
export type SkillRemoveJson = z.infer<typeof SkillRemoveJson>;
