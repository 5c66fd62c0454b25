/** Where something stands in the text of an intake. Lines and columns count from 1. */
export interface Place {
  line: number;
  column: number | null;
}

/** Something wrong with an intake. `field` is the task's, where one is to blame. */
export interface Problem extends Place {
  field: string | null;
  message: string;
}

/** One task as written, before anything is known of it but where it stands. */
export interface Entry {
  line: number;
  value: unknown;
  /** Where a field stands, or the nearest thing that holds it. */
  locate(path: readonly (string | number)[]): Place;
}

/** What was to be a task and cannot be read as one. */
export interface Broken {
  line: number;
  problems: Problem[];
}

/** What a reader of a format makes of a text. `leftOut` counts tasks that are written there as done already. */
export interface ReadResult {
  entries: Entry[];
  broken: Broken[];
  leftOut: number;
}

/** Longest line, and longest text of one task. */
export const MAX_TASK_BYTES = 1024 * 1024;
/** Most text of one intake; it is held in memory until all of it has been checked. */
export const MAX_INTAKE_BYTES = 64 * 1024 * 1024;
/** Most tasks of one intake. */
export const MAX_TASKS = 100_000;

export function problem(place: Place, message: string, field: string | null = null): Problem {
  return { line: place.line, column: place.column, field, message };
}

export function broken(...problems: [Problem, ...Problem[]]): Broken {
  return { line: problems[0].line, problems };
}
