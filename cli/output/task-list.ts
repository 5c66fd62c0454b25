import type { TaskLine } from '../../schemas/task-view.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import { oneLine } from './text.ts';
import { lasted } from './time.ts';

/** Tasks as a table; ids are never cut, since one has to type them. */
export function renderTaskList(tasks: readonly TaskLine[], { paint, columns, nowMs }: RenderContext): string {
  const rows = tasks.map((task) => [
    task.id,
    paintState(task.state, paint),
    task.host ?? '-',
    lasted(task.submittedAt, nowMs),
    task.requires.join(',') || '-',
    oneLine(task.name),
  ]);
  return table(['ID', 'STATE', 'HOST', 'AGE', 'REQUIRES', 'NAME'], rows, {
    width: columns,
    flexible: [4, 5],
    heading: paint.dim,
  });
}
