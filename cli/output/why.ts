import type { TaskWhy } from '../../client/why.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import { oneLine, wrap } from './text.ts';
import { ago, clockTime, localTime } from './time.ts';

/** Why a task waits: the sentence, then what it rests on. */
export function renderWhy(why: TaskWhy, context: RenderContext): string {
  const { paint, columns, nowMs } = context;
  const since = `since ${when(why.since, nowMs)}`;
  const parts = [
    `${paint.bold(why.id)}  ${paintState(why.state, paint)} ${since}\n`,
    `${wrap(oneLine(why.sentence), columns).join('\n')}\n`,
  ];
  if (why.reason === 'not-waiting') return parts.join('\n');
  if (why.retryAt !== null) parts.push(`Not before ${when(why.retryAt, nowMs)}.\n`);
  if (why.reason === 'assigned') return parts.join('\n');
  if (why.pinnedTo !== null && why.reason !== 'no-such-host') parts.push(`It may run on ${why.pinnedTo} alone.\n`);
  if (why.ladder.length > 1) parts.push(ladderTable(why, context));
  if (why.requires.length > 0) parts.push(tagTable(why, context));
  const hosts = why.hosts.filter(({ name }) => why.pinnedTo === null || why.pinnedTo === name);
  if (hosts.length > 0) parts.push(hostTable({ ...why, hosts }, context));
  return parts.join('\n');
}

/** Without the day, when it is today's. */
function when(at: string, nowMs: number): string {
  const day = localTime(at).slice(0, 10);
  const time = day === localTime(nowMs).slice(0, 10) ? clockTime(at) : `${day} ${clockTime(at)}`;
  return `${time} (${ago(at, nowMs)})`;
}

/** Which sets of tags will do, and from when. */
function ladderTable({ ladder }: TaskWhy, { paint, columns, nowMs }: RenderContext): string {
  const rows = ladder.map(({ requires, at, hosts }) => [
    at === null || Date.parse(at) <= nowMs ? 'now' : when(at, nowMs),
    requires.join(', ') || 'whatever tags',
    hosts.join(', ') || 'no host',
  ]);
  return table(['FROM', 'A HOST WITH', 'THAT IS'], rows, { width: columns, flexible: [1, 2], heading: paint.dim });
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

/** Those with most preferred tags first; the columns of what nobody asked for are left out. */
function hostTable(why: TaskWhy, { paint, columns }: RenderContext): string {
  const prefers = why.prefers.length > 0;
  const hosts = [...why.hosts].sort((a, b) => b.preferred.length - a.preferred.length);
  const rows = hosts.map(({ name, status, missing, reserved, preferred }) => [
    name,
    paintState(status, paint),
    ...(prefers ? [preferred.join(', ') || '-'] : []),
    lacks(missing, reserved),
  ]);
  return table(['HOST', 'STATUS', ...(prefers ? ['PREFERRED'] : []), 'LACKS'], rows, {
    width: columns,
    flexible: prefers ? [2, 3] : [2],
    heading: paint.dim,
  });
}

function lacks(missing: readonly string[], reserved: readonly string[]): string {
  if (missing.length > 0) return missing.join(', ');
  return reserved.length > 0 ? `nothing, but is kept for ${reserved.join(', ')}` : 'nothing';
}
