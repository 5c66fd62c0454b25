import { formatDuration } from '../../schemas/duration.ts';
import type { TaskClaimJson } from '../json-shapes.ts';
import type { RenderContext } from './render.ts';

/** What an agent was given, and what it must do to keep it. */
export function renderGrant({ taskId, agent, attempt, timeoutMs }: TaskClaimJson, { paint }: RenderContext): string {
  return [
    `${paint.bold(taskId)} is ${agent}'s, attempt ${attempt}\n`,
    paint.dim(`see it:   colibri task show ${taskId} --agent ${agent}\n`),
    paint.dim(
      `keep it:  colibri agent heartbeat ${agent} --watch   (lost after ${formatDuration(timeoutMs)} of silence)\n`,
    ),
    paint.dim(`end it:   colibri task transition ${taskId} done --agent ${agent} --reason TEXT\n`),
  ].join('');
}
