import type { TaskView } from '../../schemas/task-view.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { oneLine } from './text.ts';

/** How a task stands after somebody has done something with it. */
export function renderMoved(task: TaskView, { paint }: RenderContext): string {
  const last = task.history.at(-1);
  return `${paint.bold(task.id)} is ${paintState(task.state, paint)}: ${oneLine(last?.reason ?? '')}\n`;
}
