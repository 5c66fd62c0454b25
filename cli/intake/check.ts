import { createHash } from 'node:crypto';
import { ColibriError } from '../../client/errors.ts';
import { type PreparedTask, prepareTask } from '../../client/start-task.ts';
import { InvalidInput } from '../../schemas/parse.ts';
import type { TaskSpecInput } from '../../schemas/task.ts';
import { type Entry, type Problem, problem } from './entry.ts';
import { normalise } from './normalise.ts';

/** One task of an intake, checked: it has a task, or problems. */
export interface Checked {
  line: number;
  /** Null when it is not valid. */
  task: PreparedTask | null;
  problems: Problem[];
  warnings: string[];
}

export interface CheckOptions {
  submitter: string;
  /** Stands before each key; a task without one is then keyed by what is written of it. */
  keyPrefix: string | undefined;
}

/** Gives out the checks of one intake, which remember what keys they made up. */
export function checker({ submitter, keyPrefix }: CheckOptions): (entry: Entry) => Checked {
  const alike = new Map<string, number>();
  const keyOf = (task: Record<string, unknown>): unknown => {
    if (keyPrefix === undefined) return task.key;
    if (typeof task.key === 'string') return keyPrefix + task.key;
    if (task.key !== undefined) return task.key;
    const hash = createHash('sha256').update(canonical(task)).digest('hex').slice(0, 32);
    const count = (alike.get(hash) ?? 0) + 1;
    alike.set(hash, count);
    // Tasks that are written alike are as many tasks.
    return count === 1 ? `${keyPrefix}${hash}` : `${keyPrefix}${hash}-${count}`;
  };
  return (entry) => {
    const checked: Checked = { line: entry.line, task: null, problems: [], warnings: [] };
    if (!isObject(entry.value)) {
      checked.problems.push(problem(entry.locate([]), 'a task is an object, such as {"command": ["echo", "hello"]}'));
      return checked;
    }
    const task = normalise(entry.value);
    const key = keyOf(task);
    try {
      checked.task = prepareTask({ submitter, ...task, ...(key === undefined ? {} : { key }) } as TaskSpecInput);
    } catch (error) {
      checked.problems.push(...problemsOf(error, entry));
    }
    return checked;
  };
}

/** What is wrong with the fields that all tasks of an intake share. */
export function checkDefaults(entry: Entry): Problem[] {
  const { key, ...task } = normalise(entry.value as Record<string, unknown>);
  const problems = key === undefined ? [] : [problem(entry.locate(['key']), 'cannot be the same for all tasks', 'key')];
  try {
    // What is run may well be said by each task alone.
    prepareTask({ command: ['true'], ...task } as TaskSpecInput);
  } catch (error) {
    problems.push(...problemsOf(error, entry));
  }
  return problems;
}

function problemsOf(error: unknown, entry: Entry): Problem[] {
  const cause = error instanceof ColibriError ? error.cause : error;
  if (!(cause instanceof InvalidInput)) throw error;
  return cause.issues.map(({ field, message }) => {
    const place = entry.locate(pathOf(field));
    return problem(place, message, field === '' ? null : field);
  });
}

/** `command[1]` -> command, 1 */
function pathOf(field: string): (string | number)[] {
  return [...field.matchAll(/\[(\d+)\]|[^.[\]]+/g)].map(([part, index]) =>
    index === undefined ? part : Number(index),
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON with sorted names, so that the order in which fields are written makes no other task. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_name, held: unknown) =>
    isObject(held) ? Object.fromEntries(Object.entries(held).sort(([a], [b]) => (a < b ? -1 : 1))) : held,
  );
}
