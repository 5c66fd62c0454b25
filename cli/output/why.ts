import type { TaskWhy } from '../../client/why.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import { oneLine, wrap } from './text.ts';
import { ago, clockTime, localTime } from './time.ts';

/** Why a task waits: the sentence, then what it rests on. */
export function renderWhy(why: TaskWhy, context: RenderContext): string {
  const { paint, columns, nowMs } = context;
  const day =
    localTime(why.since).slice(0, 10) === localTime(nowMs).slice(0, 10) ? '' : `${localTime(why.since).slice(0, 10)} `;
  const since = `since ${day}${clockTime(why.since)} (${ago(why.since, nowMs)})`;
  const parts = [
    `${paint.bold(why.id)}  ${paintState(why.state, paint)} ${since}\n`,
    `${wrap(oneLine(why.sentence), columns).join('\n')}\n`,
  ];
  if (why.reason !== 'not-waiting') {
    if (why.requires.length > 0) parts.push(tagTable(why, context));
    if (why.hosts.length > 0) parts.push(hostTable(why, context));
  }
  return parts.join('\n');
}

function tagTable(why: TaskWhy, { paint, columns }: RenderContext): string {
  const rows = why.requires.map(({ tag, hosts, nearest }) => [
    tag,
    hosts.length > 0
      ? hosts.join(', ')
      : `no host${nearest.length > 0 ? ` (did you mean ${nearest.join(' or ')}?)` : ''}`,
  ]);
  return table(['REQUIRES', 'HAD BY'], rows, { width: columns, flexible: [1], heading: paint.dim });
}

function hostTable(why: TaskWhy, { paint, columns }: RenderContext): string {
  const rows = why.hosts.map(({ name, status, missing }) => [
    name,
    paintState(status, paint),
    missing.length > 0 ? missing.join(', ') : 'nothing',
  ]);
  return table(['HOST', 'STATUS', 'LACKS'], rows, { width: columns, flexible: [2], heading: paint.dim });
}
