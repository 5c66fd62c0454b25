import type { HostStatus } from '../../schemas/fleet.ts';
import type { TaskState } from '../../schemas/task-state.ts';
import type { StatusJson } from '../json-shapes.ts';
import { fields } from './fields.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import type { Paint } from './terminal.ts';
import { oneLine, wrap } from './text.ts';
import { lasted } from './time.ts';

/** The installation at a glance. */
export function renderStatus(status: StatusJson, { paint, columns, nowMs }: RenderContext): string {
  const { server, control, slots, longestWaiting } = status;
  const overview = fields(
    [
      ['server', `${server.address}, namespace ${server.namespace} (Temporal ${server.version})`],
      [
        'control',
        control.up
          ? paint.green('up')
          : `${paint.red('down')}: ${control.detail}; start it with colibri worker control`,
      ],
      ['hosts', control.up ? hosts(status, paint) : 'not known without a control worker'],
      ['slots', control.up ? `${slots.used} of ${slots.total} in use` : null],
      ['tasks', counts(status.tasks, paint) || 'none'],
    ],
    paint,
  );
  if (longestWaiting === null) return overview;
  const { id, state, since, sentence } = longestWaiting;
  const head = `${paint.bold('Waiting longest')}  ${id}  ${paintState(state, paint)} for ${lasted(since, nowMs)}\n`;
  const lines = wrap(oneLine(sentence), columns - 2);
  return `${overview}\n${head}${lines.map((line) => `  ${line}\n`).join('')}`;
}

function hosts({ hosts: byStatus }: StatusJson, paint: Paint): string {
  return counts(byStatus, paint) || 'none; start one with colibri worker host';
}

function counts(byState: Partial<Record<TaskState | HostStatus, number>>, paint: Paint): string {
  return Object.entries(byState)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${paintState(state as TaskState | HostStatus, paint)}`)
    .join(', ');
}
