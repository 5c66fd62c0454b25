import { z } from 'zod';

/** Most that the results handed to one task may take up together, as JSON: a server takes no value over 2 MB. */
export const MAX_NEEDS_BYTES = 1_000_000;

/** Name of a task within its plan: also the name of a file, and part of a variable's. */
export const NeedName = z
  .string()
  .regex(
    /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/,
    'a name has letters, digits, _ and - (at most 64) and starts with a letter or digit',
  );

/** What may have been left out of a result to make it fit. */
export const CUTS = ['data', 'tail', 'summary'] as const;

/** The result of a needed task, as the task that needs it gets it. */
export const NeedResult = z.strictObject({
  state: z.string(),
  exitCode: z.int().nullable().default(null),
  summary: z.string().default(''),
  /** Last lines of its output, oldest first. */
  tail: z.array(z.string()).default([]),
  /** What it reported itself: any JSON, null when nothing. */
  data: z.unknown().default(null),
  /** What was shortened or left out, because results handed over may take up only so much. */
  cut: z.array(z.enum(CUTS)).default([]),
});
export type NeedResult = z.output<typeof NeedResult>;

/** Results by the name of the task in the plan. */
export const Needs = z
  .record(NeedName, NeedResult)
  .refine((needs) => jsonBytes(needs) <= MAX_NEEDS_BYTES, `longer than ${MAX_NEEDS_BYTES} bytes as JSON`);
export type Needs = z.output<typeof Needs>;

/** A result as one text: what the task reported, else the last line of its output that is not blank. */
export function needText({ data, tail }: NeedResult): string {
  if (typeof data === 'string') return data;
  if (data !== null && data !== undefined) return JSON.stringify(data);
  return tail.findLast((line) => line.trim() !== '') ?? '';
}

/** `unit-tests` -> `UNIT_TESTS`: a name as part of a variable's. */
export function variablePart(name: string): string {
  return name.toUpperCase().replaceAll('-', '_');
}

/** What a value takes up as JSON, in bytes; infinitely much when it is nested too deep to be written as JSON. */
export function jsonBytes(value: unknown): number {
  try {
    return new TextEncoder().encode(JSON.stringify(value)).length;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
