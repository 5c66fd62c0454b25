import { formatDuration } from '../../schemas/duration.ts';
import type { TaskClaimJson } from '../json-shapes.ts';
import type { RenderContext } from './render.ts';
import { oneLine } from './text.ts';

/** What an agent was given, and what it must do to keep it. */
export function renderGrant(
  { taskId, agent, attempt, timeoutMs, inputs }: TaskClaimJson,
  files: readonly string[] | null,
  { paint }: RenderContext,
): string {
  const needed = Object.keys(inputs).join(', ');
  const show = `colibri task show ${taskId} --agent ${agent}`;
  return [
    `${paint.bold(taskId)} is ${agent}'s, attempt ${attempt}\n`,
    ...(files ?? []).map((file) => `input:    ${oneLine(file)}\n`),
    paint.dim(`see it:   ${show}\n`),
    needed === '' || files !== null ? '' : paint.dim(`inputs:   ${show} --inputs DIR   (results of ${needed})\n`),
    paint.dim(
      `keep it:  colibri agent heartbeat ${agent} --watch   (lost after ${formatDuration(timeoutMs)} of silence)\n`,
    ),
    paint.dim(`end it:   colibri task transition ${taskId} done --agent ${agent} --reason TEXT\n`),
  ].join('');
}
