import type { z } from 'zod';
import { InvalidInput, parseOrThrow } from '../schemas/parse.ts';
import { ColibriError } from './errors.ts';

/** Checks what a caller gives. Throws `invalid` naming each field. */
export function checkInput<T extends z.ZodType>(schema: T, input: unknown, what: string): z.output<T> {
  try {
    return parseOrThrow(schema, input, what);
  } catch (error) {
    if (error instanceof InvalidInput) throw new ColibriError('invalid', error.message, undefined, { cause: error });
    throw error;
  }
}
