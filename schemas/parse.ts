import { z } from 'zod';
import { nearest } from './nearest.ts';
import { plainWords } from './plain-words.ts';

/** Bad input at a boundary. `issues` name each field and what to do; nothing has been changed. */
export class InvalidInput extends Error {
  override readonly name = 'InvalidInput';
  readonly issues: readonly { field: string; message: string }[];

  constructor(what: string, issues: readonly { field: string; message: string }[]) {
    super(`${what}: ${issues.map((i) => (i.field === '' ? i.message : `${i.field}: ${i.message}`)).join('; ')}`);
    this.issues = issues;
  }
}

/** Most issues that one error names, and most characters of a field's name: both may come from a stranger. */
const MAX_ISSUES = 20;
const MAX_FIELD = 200;

/** Parses a value at a boundary, or throws {@link InvalidInput} that names the fields. */
export function parseOrThrow<T extends z.ZodType>(schema: T, value: unknown, what: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
  throw new InvalidInput(what, issuesOf(parsed.error, known));
}

/** What is wrong, field by field. `known`: the fields of the whole, to tell a misspelt one what it may have meant. */
export function issuesOf(error: z.ZodError, known: readonly string[]): { field: string; message: string }[] {
  return error.issues.flatMap((issue) => readable(issue, known)).slice(0, MAX_ISSUES);
}

function readable(issue: z.core.$ZodIssue, known: readonly string[]): { field: string; message: string }[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => {
      const near = issue.path.length === 0 ? nearest(key, known, 1) : [];
      const hint = near.length > 0 ? `; did you mean "${near[0]}"?` : '';
      return { field: fieldOf([...issue.path, key]), message: `there is no such field${hint}` };
    });
  }
  // What is wrong with the key of a record stands one level down.
  const inner = issue.code === 'invalid_key' ? issue.issues[0] : undefined;
  const message = plainWords(inner ?? issue);
  return [{ field: fieldOf(issue.path), message }];
}

function fieldOf(path: readonly PropertyKey[]): string {
  const field = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : String(part)))
    .join('.')
    .replaceAll('.[', '[');
  return field.length > MAX_FIELD ? `${field.slice(0, MAX_FIELD)}...` : field;
}
