import { type Command, Option } from 'commander';
import type { ListFilter } from '../../client/list.ts';
import { TASK_STATES } from '../../schemas/task-state.ts';
import { tags, wholeNumber } from '../arguments.ts';
import type { TaskListJson } from '../json-shapes.ts';
import { renderTaskList } from '../output/task-list.ts';
import { terminalOf } from '../output/terminal.ts';
import { out, printJson } from '../output/write.ts';
import { withColibri } from '../with-colibri.ts';

type Options = ListFilter & { json?: true };

export function define(command: Command): void {
  command
    .addOption(new Option('-s, --state <STATE>', 'only tasks in this state').choices(TASK_STATES))
    .option('--host <NAME>', 'only tasks that this host runs, or ran last')
    .option('-r, --requires <TAGS>', 'only tasks that require all of these tags', tags)
    .option('-l, --limit <N>', 'how many at most', wholeNumber(1, 1000), 50)
    .option('--cursor <CURSOR>', 'go on where an earlier answer ended (its nextCursor)')
    .action(list);
}

async function list({ json, ...filter }: Options): Promise<void> {
  await withColibri(async (colibri) => {
    const answer: TaskListJson = await colibri.list(filter);
    if (json) return printJson(answer);
    const terminal = terminalOf();
    if (answer.tasks.length === 0) {
      const narrowed = filter.state ?? filter.host ?? filter.requires ?? filter.cursor;
      return out(
        narrowed === undefined ? 'No tasks yet. Submit one: colibri task submit -- echo hello\n' : 'No such tasks.\n',
      );
    }
    await out(renderTaskList(answer.tasks, { ...terminal, nowMs: Date.now() }));
    if (answer.nextCursor !== null) await out(terminal.paint.dim(`more: --cursor ${answer.nextCursor}\n`));
  });
}
