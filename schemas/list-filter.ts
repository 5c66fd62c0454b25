import ms, { type StringValue } from 'ms';
import { z } from 'zod';
import { nearest } from './nearest.ts';
import { TagSet } from './tags.ts';
import { TASK_STATES, type TaskState } from './task-state.ts';

const NONE = 'give a name of at least one character';
/** What a query has within quotes the server escapes once more: no spelling finds these two (server 1.29). */
const UNFINDABLE = /["\\]/;
const Name = z
  .string({ error: NONE })
  .trim()
  .min(1, NONE)
  .max(200, 'longer than 200 characters')
  .refine(
    (name) => !UNFINDABLE.test(name),
    'the server cannot look for a name with " or \\ in it: leave it out, or give --name',
  );

const State = z.string({ error: `give one of ${TASK_STATES.join(', ')}` }).transform((given, ctx): TaskState => {
  const state = TASK_STATES.find((each) => each === given);
  if (state !== undefined) return state;
  const near = nearest(given, TASK_STATES, 1)[0];
  const meant = near === undefined ? '' : `; did you mean "${near}"?`;
  ctx.addIssue({
    code: 'custom',
    message: `there is no state "${given}": give one of ${TASK_STATES.join(', ')}${meant}`,
  });
  return z.NEVER;
});

const SINCE = 'give how long ago, like 30m, 2h or 7d, or a time like 2025-11-21 or 2025-11-21T09:30';

/** A time, given as how long ago it was or in ISO 8601 (without a zone: of this machine's). Parsed to epoch milliseconds. */
const Since = z.string({ error: SINCE }).transform((given, ctx) => {
  const text = given.trim();
  const at = /^\d+(\.\d+)?\s*(ms|s|m|h|d|w)$/.test(text) ? Date.now() - ms(text as StringValue) : isoTime(text);
  if (Number.isFinite(at)) return at;
  ctx.addIssue({ code: 'custom', message: `"${given}" is no time: ${SINCE}` });
  return z.NEVER;
});

function isoTime(text: string): number {
  if (!/^\d{4}-\d{2}-\d{2}([T ]\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?$/.test(text)) return Number.NaN;
  // A date by itself would be read as UTC; who types one means the local day.
  return Date.parse(text.length === '2025-11-21'.length ? `${text}T00:00` : text);
}

const WORDS = 'give at least one word of the name';

/** The words of a text as the server keeps them: runs of letters and digits, whatever their case. */
const Words = z.string({ error: WORDS }).transform((given, ctx) => {
  const words =
    given
      .normalize('NFC')
      .toLowerCase()
      .match(/[\p{L}\p{N}\p{M}]+/gu) ?? [];
  if (words.length > 0 && words.length <= 20) return words;
  ctx.addIssue({ code: 'custom', message: words.length === 0 ? WORDS : 'give at most 20 words' });
  return z.NEVER;
});

const LIMIT = 'give a whole number from 1 to 1000';

/** Which tasks to list. Fields combine: a task must match all that are given. */
export const ListFilter = z.strictObject({
  state: State.optional(),
  /** The host that runs it, or ran it last. */
  host: Name.optional(),
  agent: Name.optional(),
  project: Name.optional(),
  /** Only the tasks of this plan. */
  plan: Name.optional(),
  /** Tags it requires, all of them. */
  requires: TagSet.optional(),
  /** Submitted at or after this. */
  since: Since.optional(),
  /** Words of its name, all of them, in any order. */
  name: Words.optional(),
  limit: z.int({ error: LIMIT }).min(1, LIMIT).max(1000, LIMIT).default(50),
  /** The `nextCursor` of an earlier answer. */
  cursor: z.string().optional(),
});
export type ListFilter = z.output<typeof ListFilter>;
export type ListFilterInput = z.input<typeof ListFilter>;
