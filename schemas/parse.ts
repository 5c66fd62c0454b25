import type { z } from 'zod';

/** Bad input at a boundary. `issues` name each field and what to do; nothing has been changed. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  readonly issues: readonly { field: string; message: string }[];

  constructor(what: string, issues: readonly { field: string; message: string }[]) {
    super(`${what}: ${issues.map((i) => (i.field === '' ? i.message : `${i.field}: ${i.message}`)).join('; ')}`);
    this.issues = issues;
  }
}

/** Parses a value at a boundary, or throws {@link InvalidInput} that names the fields. */
export function parseOrThrow<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new InvalidInput(
    what,
    parsed.error.issues.slice(0, 20).map((issue) => ({
      field: issue.path
        .map((part) => (typeof part === 'number' ? `[${part}]` : String(part)))
        .join('.')
        .replaceAll('.[', '['),
      message: issue.message,
    })),
  );
}
