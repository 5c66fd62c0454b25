import { z } from 'zod';

const InputName = z
  .string()
  .max(64, 'longer than 64 characters')
  .regex(/^[A-Za-z][A-Za-z0-9_-]*$/, 'an input has letters, digits, _ and - and starts with a letter');

/** A value becomes a variable too, for which systems allow little. */
const InputValue = z
  .string('give text')
  .max(32_768, 'longer than 32 KiB')
  .refine((text) => !text.includes('\0'), 'contains a NUL character');

const Inputs = z.record(InputName, InputValue).superRefine((inputs, ctx) => {
  const taken = new Map<string, string>();
  for (const name of Object.keys(inputs)) {
    const variable = inputVariable(name);
    const other = taken.get(variable);
    if (other !== undefined)
      ctx.addIssue({ code: 'custom', path: [name], message: `is ${variable} in the environment, as is ${other}` });
    taken.set(variable, name);
  }
  if (taken.size > 100) ctx.addIssue({ code: 'custom', message: 'more than 100 inputs' });
  if (JSON.stringify(inputs).length > 131_072) ctx.addIssue({ code: 'custom', message: 'longer than 128 KiB in all' });
});

/**
 * What a skill is given, by name. No two names may be one in the environment. `__proto__` is refused apart, because a
 * record leaves it out without a word.
 */
export const SkillInputs = z
  .custom<unknown>(
    (given) => typeof given !== 'object' || given === null || !Object.hasOwn(given, '__proto__'),
    '__proto__ cannot be the name of an input',
  )
  .pipe(Inputs);

/** The variable in which a skill's entry finds an input. */
export function inputVariable(name: string): string {
  return `COLIBRI_INPUT_${name.toUpperCase().replaceAll('-', '_')}`;
}
