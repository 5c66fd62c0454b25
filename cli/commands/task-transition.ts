import type { Command } from 'commander';
import { ColibriError } from '../../client/errors.ts';
import { TASK_STATES, TaskState } from '../../schemas/task-state.ts';
import { parseJson } from '../arguments.ts';
import type { TaskShowJson } from '../json-shapes.ts';
import { renderMoved } from '../output/moved.ts';
import { answer } from '../output/print.ts';
import { userName, withColibri } from '../with-colibri.ts';

interface Options {
  reason?: string;
  result?: unknown;
  json?: true;
}

const NOTES = `
STATE is one of queued (give it back), running, blocked (the reason is the question), done, failed, cancelled.
What is not possible from where the task is is refused, with what is.
`;

export function define(command: Command): void {
  command
    .option('--reason <TEXT>', 'why, or what came of it; with blocked: the question')
    .option('--result <JSON>', 'with done: the result, any JSON', parseJson)
    .addHelpText('after', NOTES)
    .action(move);
}

async function move(id: string, state: string, options: Options): Promise<void> {
  const parsed = TaskState.safeParse(state);
  if (!parsed.success)
    throw new ColibriError('invalid', `state: "${state}" is none; give one of ${TASK_STATES.join(', ')}`);
  const to = parsed.data;
  if (to === 'blocked' && options.reason === undefined) {
    throw new ColibriError('invalid', 'reason: say what is asked, with --reason "which branch?"');
  }
  await withColibri(async (colibri) => {
    const by = userName();
    const reason = options.reason ?? `${to}, by hand`;
    if (to === 'cancelled') await colibri.cancel(id, { by, reason });
    const view =
      to === 'cancelled'
        ? await colibri.wait(id)
        : await colibri.board.transition(
            id,
            { to, reason, ...(options.result !== undefined && { data: options.result as never }) },
            by,
          );
    await answer<TaskShowJson>(view, options, renderMoved);
  });
}
