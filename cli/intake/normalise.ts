/** Fields that hold tags or names, which may be written as one text. */
const LISTS = ['requires', 'prefers'];
/** Fields of text that YAML reads as numbers when they look like some. */
const TEXTS = ['name', 'key', 'project', 'submitter', 'skill', 'host'];

/**
 * A task as people write it, made into one as it is submitted: a command of one text is a line for the shell, tags may
 * stand in one text, numbers are texts where texts are due, and a field without a value is none.
 */
export function normalise(given: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const task = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== null && value !== undefined));
  if (typeof task.command === 'string' && task.shell !== false) {
    task.command = [task.command];
    task.shell = true;
  }
  if (Array.isArray(task.command)) task.command = task.command.map(asText);
  for (const field of LISTS) if (field in task) task[field] = asList(task[field]);
  if (Array.isArray(task.alternatives)) {
    task.alternatives = task.alternatives.map((each: unknown) =>
      isObject(each) && 'requires' in each ? { ...each, requires: asList(each.requires) } : each,
    );
  }
  for (const field of TEXTS) if (field in task) task[field] = asText(task[field]);
  const { env } = task;
  if (isObject(env) && !Object.hasOwn(env, '__proto__')) {
    task.env = Object.fromEntries(Object.entries(env).map(([name, value]) => [name, asText(value)]));
  }
  return task;
}

function asText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value;
}

function asList(value: unknown): unknown {
  return typeof value === 'string' ? value.split(/[\s,]+/).filter((tag) => tag !== '') : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
