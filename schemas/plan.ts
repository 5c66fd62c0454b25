import { z } from 'zod';
import { nearest } from './nearest.ts';
import { jsonBytes, NeedName, variablePart } from './needs.ts';
import { InvalidInput, issuesOf, parseOrThrow } from './parse.ts';
import { findCycle } from './plan-graph.ts';
import { TaskSpec, type TaskSpecInput } from './task.ts';

/** Most tasks of a plan, and most needs of all of them together. */
export const MAX_PLAN_TASKS = 1_000;
export const MAX_PLAN_NEEDS = 10_000;
/**
 * Largest plan as JSON, in bytes. It goes whole to the next run of its workflow, with the results that have come so far,
 * and a server takes no value over 2 MB.
 */
export const MAX_PLAN_BYTES = 512 * 1024;

const { project, submitter } = TaskSpec.shape;
const Fields = z.record(z.string(), z.unknown(), { error: 'give a map of fields' });

/** A plan as it is given, but for its tasks, which are checked one by one. */
const Outline = z.strictObject({
  /** Name for people. */
  name: TaskSpec.shape.name,
  /** The project of all its tasks that name none. */
  project,
  submitter,
  /** `stop`: once a task has failed no other is started. `continue`: all are that do not need it. */
  onFailure: z.enum(['stop', 'continue']).default('stop'),
  /** With `stop`: whether those that run are cancelled. Else they are left to end by themselves. */
  cancelRunning: z.boolean().default(false),
  /** Fields of all its tasks that do not say otherwise. Variables in `env` are joined. */
  defaults: Fields.default({}),
  /** The tasks by name: a task as it would be submitted, and with `needs` the names of those that must be done before. */
  tasks: z.record(z.string(), z.unknown(), { error: 'give a map of tasks by their names' }),
});
type Outline = z.output<typeof Outline>;

/** A plan as it is given. */
export interface PlanSpecInput {
  name?: string | undefined;
  project?: string | undefined;
  submitter?: string | undefined;
  onFailure?: 'stop' | 'continue' | undefined;
  cancelRunning?: boolean | undefined;
  defaults?: Partial<TaskSpecInput> | undefined;
  tasks: Record<string, TaskSpecInput & { needs?: string[] }>;
}

/** One task of a plan: what it needs, and the task to submit. */
export interface PlannedTask {
  needs: string[];
  spec: TaskSpecInput;
}

/** A plan that was checked. */
export interface Plan {
  name: string | null;
  project: string | null;
  submitter: string | null;
  onFailure: Outline['onFailure'];
  cancelRunning: boolean;
  tasks: Map<string, PlannedTask>;
}

type Issue = InvalidInput['issues'][number];

/** Most that is said of what is wrong with one plan. */
const MAX_ISSUES = 50;

/** Fields that a plan gives to its tasks itself. */
const GIVEN: Readonly<Record<string, string>> = {
  inputs: 'it is given by the plan, with the results of what the task needs',
  submitter: 'name it once, for the whole plan',
  key: 'a task of a plan is known by its name there',
};

/** Reads a plan from outside. Throws {@link InvalidInput} that names every field in error by its path. */
export function readPlan(value: unknown): Plan {
  const what = 'the plan is not valid';
  const outline = parseOrThrow(Outline, value, what);
  const issues: Issue[] = [];
  // As given: a record leaves out `__proto__` without a word.
  const names = Object.keys((value as { tasks: object }).tasks);
  if (names.length === 0) issues.push({ field: 'tasks', message: 'give at least one task' });
  if (names.length > MAX_PLAN_TASKS) issues.push({ field: 'tasks', message: `more than ${MAX_PLAN_TASKS} tasks` });
  if (jsonBytes(value) > MAX_PLAN_BYTES) {
    issues.push({
      field: '',
      message: `it is longer than ${MAX_PLAN_BYTES} bytes as JSON: give files in place of text`,
    });
  }
  refuse(what, issues);

  issues.push(...issuesOfNames(names), ...issuesOfDefaults(outline.defaults));
  const tasks = new Map<string, PlannedTask>();
  for (const name of names) tasks.set(name, readTask(name, outline, issues));
  issues.push(...issuesOfNeeds(tasks));
  refuse(what, issues);
  const { onFailure, cancelRunning } = outline;
  return {
    name: outline.name ?? null,
    project: outline.project ?? null,
    submitter: outline.submitter ?? null,
    onFailure,
    cancelRunning,
    tasks,
  };
}

function refuse(what: string, issues: readonly Issue[]): void {
  if (issues.length === 0) return;
  const more = issues.length - MAX_ISSUES;
  const rest = more > 0 ? [{ field: '', message: `and ${more} more` }] : [];
  throw new InvalidInput(what, [...issues.slice(0, MAX_ISSUES), ...rest]);
}

function readTask(name: string, outline: Outline, issues: Issue[]): PlannedTask {
  const path = `tasks.${name}`;
  const given = Fields.safeParse(outline.tasks[name]);
  if (!given.success) {
    issues.push({ field: path, message: 'give a map of fields, such as command and needs' });
    return { needs: [], spec: {} };
  }
  const { needs, ...own } = given.data;
  const listed = z.array(z.string()).safeParse(needs ?? []);
  if (!listed.success) issues.push({ field: `${path}.needs`, message: 'give a list of names of tasks' });
  issues.push(...issuesOfGiven(own, path));
  const spec = merged(outline, own);
  const parsed = TaskSpec.safeParse(spec);
  if (!parsed.success) {
    const known = [...Object.keys(TaskSpec.shape), 'needs'];
    // What comes from the defaults alone is said of them.
    const inTask = issuesOf(parsed.error, known).filter(({ field }) => !isOfDefaults(field, outline.defaults, own));
    issues.push(...inTask.map(({ field, message }) => ({ field: field === '' ? path : `${path}.${field}`, message })));
  }
  return { needs: listed.success ? listed.data : [], spec: spec as TaskSpecInput };
}

function isOfDefaults(field: string, defaults: Record<string, unknown>, own: Record<string, unknown>): boolean {
  const root = /^[^.[]*/.exec(field)?.[0] ?? '';
  return Object.hasOwn(defaults, root) && !Object.hasOwn(own, root);
}

function merged({ defaults, project: ofAll, submitter: by }: Outline, own: Record<string, unknown>) {
  const env = isRecord(defaults.env) && isRecord(own.env) ? { env: { ...defaults.env, ...own.env } } : {};
  const whole = ofAll === undefined ? {} : { project: ofAll };
  return { ...whole, ...defaults, ...own, ...env, ...(by === undefined ? {} : { submitter: by }) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function issuesOfDefaults(defaults: Record<string, unknown>): Issue[] {
  const issues = issuesOfGiven(defaults, 'defaults');
  const parsed = TaskSpec.safeParse({ command: ['true'], ...defaults });
  if (!parsed.success) {
    issues.push(
      ...issuesOf(parsed.error, Object.keys(TaskSpec.shape)).map(({ field, message }) => ({
        field: field === '' ? 'defaults' : `defaults.${field}`,
        message: field === 'needs' ? 'each task names its own' : message,
      })),
    );
  }
  return issues;
}

function issuesOfGiven(fields: Record<string, unknown>, path: string): Issue[] {
  return Object.entries(GIVEN).flatMap(([field, message]) =>
    Object.hasOwn(fields, field) ? [{ field: `${path}.${field}`, message }] : [],
  );
}

function issuesOfNames(names: readonly string[]): Issue[] {
  const issues: Issue[] = [];
  const byVariable = new Map<string, string>();
  for (const name of names) {
    const checked = NeedName.safeParse(name);
    if (!checked.success) {
      issues.push({ field: `tasks.${name}`, message: checked.error.issues[0]?.message ?? 'not a name' });
      continue;
    }
    const other = byVariable.get(variablePart(name));
    if (other === undefined) byVariable.set(variablePart(name), name);
    else {
      const message = `its name differs from "${other}" only in case, or in - and _: their variables would be one`;
      issues.push({ field: `tasks.${name}`, message });
    }
  }
  return issues;
}

function issuesOfNeeds(tasks: ReadonlyMap<string, PlannedTask>): Issue[] {
  const issues: Issue[] = [];
  let total = 0;
  for (const [name, { needs }] of tasks) {
    total += needs.length;
    for (const [at, need] of needs.entries()) {
      const field = `tasks.${name}.needs[${at}]`;
      if (needs.indexOf(need) < at) issues.push({ field, message: `"${need}" is named twice` });
      if (tasks.has(need)) continue;
      const near = nearest(need, tasks.keys(), 1)[0];
      const hint = near === undefined ? '' : `; did you mean "${near}"?`;
      issues.push({ field, message: `there is no task "${need}" in this plan${hint}` });
    }
  }
  if (total > MAX_PLAN_NEEDS) return [{ field: 'tasks', message: `more than ${MAX_PLAN_NEEDS} needs in all` }];
  const cycle = findCycle(new Map([...tasks].map(([name, { needs }]) => [name, needs])));
  if (cycle !== null)
    issues.push({ field: 'tasks', message: `they need each other in a circle: ${cycle.join(' -> ')}` });
  return issues;
}
