import { type Command, Option } from 'commander';
import type { Colibri } from '../../client/colibri.ts';
import { nearestHint } from '../../client/nearest-hint.ts';
import { ListFilter, type ListFilterInput } from '../../schemas/list-filter.ts';
import { TASK_STATES } from '../../schemas/task-state.ts';
import type { TaskLine } from '../../schemas/task-view.ts';
import { checked, tags, wholeNumber } from '../arguments.ts';
import type { TaskListJson } from '../json-shapes.ts';
import { renderTaskList } from '../output/task-list.ts';
import { terminalOf } from '../output/terminal.ts';
import { oneLine } from '../output/text.ts';
import { out, printJson } from '../output/write.ts';
import { withColibri } from '../with-colibri.ts';

type Options = ListFilterInput & { as?: string; all?: true; json?: true };

const PAGE = 50;
const PAGE_OF_ALL = 1_000;

const EXAMPLES = `
Filters combine: a task must match all that are given.
  colibri task list --state failed --since 24h
  colibri task list --project website --requires docker --name "login page"
With --all and --json each page is a line of its own.
`;

export function define(command: Command): void {
  const { host, agent, project, plan, since, name } = ListFilter.shape;
  command
    .addOption(new Option('-s, --state <STATE>', 'only tasks in this state').choices(TASK_STATES))
    .option('--host <NAME>', 'only tasks that this host runs, or ran last', checked(host))
    .option('--agent <NAME>', 'only tasks that this agent does, or did last', checked(agent))
    .option('--project <NAME>', 'only tasks of this project', checked(project))
    .option('-r, --requires <TAGS>', 'only tasks that require all of these tags', tags)
    .option('--plan <ID>', 'only tasks of this plan', checked(plan))
    .option('--since <TIME>', 'only tasks submitted since: 2h ago, or 2025-11-21T09:30', checked(since))
    .option('-n, --name <WORDS>', 'only tasks with all of these words in their names', checked(name))
    .option('-l, --limit <N>', `how many at most (default: ${PAGE})`, wholeNumber(1, 1000))
    .option('--cursor <CURSOR>', 'go on where an earlier answer ended (its nextCursor)')
    .option('-a, --all', `go on to the last page (of ${PAGE_OF_ALL}, or as --limit says)`)
    .addHelpText('after', EXAMPLES)
    .action(list);
}

async function list({ all, json, as: _, ...given }: Options): Promise<void> {
  // "2h ago" is to mean the same on every page.
  const since = ListFilter.shape.since.parse(given.since);
  const filter = {
    ...given,
    ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    limit: given.limit ?? (all ? PAGE_OF_ALL : PAGE),
  };
  await withColibri(async (colibri) => {
    const seen = new Set<string>();
    let cursor: string | null = null;
    do {
      const page: TaskListJson = await colibri.list(cursor === null ? filter : { ...filter, cursor });
      // A task that ends while pages are turned comes again among those that have ended.
      const tasks = page.tasks.filter(({ runId }) => !seen.has(runId));
      for (const { runId } of tasks) seen.add(runId);
      cursor = page.nextCursor;
      if (json) await printJson<TaskListJson>({ tasks, nextCursor: cursor });
      else if (tasks.length > 0) await printPage(tasks, all ? null : cursor);
    } while (all && cursor !== null);
    if (!json && seen.size === 0) await out(`${await nothingFound(colibri, given)}\n`);
  });
}

async function printPage(tasks: readonly TaskLine[], cursor: string | null): Promise<void> {
  const terminal = terminalOf();
  await out(renderTaskList(tasks, { ...terminal, nowMs: Date.now() }));
  if (cursor !== null) await out(terminal.paint.dim(`more: --cursor ${cursor}, or --all\n`));
}

async function nothingFound(colibri: Colibri, filter: ListFilterInput): Promise<string> {
  if (colibri.principal.kind === 'operator' && Object.values(filter).every((value) => value === undefined)) {
    return 'No tasks yet. Submit one: colibri task submit -- echo hello';
  }
  if (filter.host === undefined) return 'No such tasks.';
  const names = (await colibri.fleet()).hosts.map(({ name }) => name);
  if (names.includes(filter.host)) return 'No such tasks.';
  const hint = nearestHint(filter.host, names);
  return `No such tasks, and no host "${oneLine(filter.host)}"; ${hint}`;
}
