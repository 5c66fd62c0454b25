import { isWaiting } from '../../schemas/task-state.ts';
import type { TaskView } from '../../schemas/task-view.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { oneLine } from './text.ts';

/** Why a task is where it is, as far as it knows itself. One that was handed to an agent waits for that agent alone. */
export function reasonNow({ state, assignedTo, history }: TaskView): string {
  if (isWaiting(state) && assignedTo !== null) return `handed to ${assignedTo}, who has not claimed it yet`;
  return history.at(-1)?.reason ?? '';
}

/** How a task stands after somebody has done something with it. */
export function renderMoved(task: TaskView, { paint }: RenderContext): string {
  return `${paint.bold(task.id)} is ${paintState(task.state, paint)}: ${oneLine(reasonNow(task))}\n`;
}
