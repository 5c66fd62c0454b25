import type { AgentHeartbeat } from '../../client/agent-heartbeat.ts';
import type { AgentView } from '../../client/agent-view.ts';
import { formatDuration } from '../../schemas/duration.ts';
import { fields } from './fields.ts';
import type { RenderContext } from './render.ts';
import { paintState } from './states.ts';
import { table } from './table.ts';
import { oneLine } from './text.ts';
import { ago, timeAndAgo } from './time.ts';

/** Agents as a table. */
export function renderAgentList(agents: readonly AgentView[], { paint, columns, nowMs }: RenderContext): string {
  if (agents.length === 0) return 'No agent is registered. Register one: colibri agent register NAME\n';
  const rows = agents.map((agent) => [
    agent.name,
    paintState(agent.status, paint),
    String(agent.tasks),
    ago(agent.lastSeenAt, nowMs),
    agent.host ?? '-',
    oneLine(agent.runtime ?? '-'),
    agent.tags.join(' ') || '-',
  ]);
  return table(['AGENT', 'STATUS', 'TASKS', 'SEEN', 'HOST', 'RUNTIME', 'CAN DO'], rows, {
    width: columns,
    flexible: [5, 6],
    right: [2],
    heading: paint.dim,
  });
}

/** One agent, with what it holds and what it lost. */
export function renderAgent(agent: AgentView, context: RenderContext): string {
  const { paint, nowMs } = context;
  const { host, capabilities, tags } = agent;
  const shared = tags.filter((tag) => !capabilities.includes(tag));
  const hosts = shared.length > 0 ? `${host} (adds ${shared.join(', ')})` : host;
  const parts = [
    `${paint.bold(agent.name)}  ${paintState(agent.status, paint)}  ${agent.why}\n`,
    fields(
      [
        ['since', timeAndAgo(agent.since, nowMs)],
        ['last seen', timeAndAgo(agent.lastSeenAt, nowMs)],
        ['stale after', `${formatDuration(agent.timeoutMs)} of silence`],
        ['capabilities', capabilities.join(', ') || (host === null ? 'none' : 'none of its own')],
        ['host', host === null ? null : hosts],
        ['runtime', agent.runtime === null ? null : oneLine(agent.runtime)],
        ['registered', agent.registeredAt === null ? null : timeAndAgo(agent.registeredAt, nowMs)],
      ],
      paint,
    ),
  ];
  if (agent.claims.length > 0) {
    const rows = agent.claims.map(({ taskId, attempt, since }) => [taskId, String(attempt), ago(since, nowMs)]);
    parts.push(`${paint.bold('Holds')}\n${claimTable(['TASK', 'ATTEMPT', 'CLAIMED'], rows, context)}`);
  }
  parts.push(...lostClaims(agent.lost, context));
  return parts.join('\n');
}

/** What a heartbeat answered: one line, and what became of each claim. */
export function renderHeartbeat(beat: AgentHeartbeat, context: RenderContext): string {
  const { paint, nowMs } = context;
  const back = beat.returned ? ', back after a silence' : '';
  const limit = `the next one is due within ${formatDuration(beat.timeoutMs)}`;
  const parts = [`${paint.bold(beat.name)}  ${paintState(beat.status, paint)}${back}; ${limit}\n`];
  if (beat.claims.length > 0) {
    const rows = beat.claims.map(({ taskId, attempt, since, standing }) => [
      taskId,
      String(attempt),
      ago(since, nowMs),
      STANDINGS[standing],
    ]);
    parts.push(claimTable(['TASK', 'ATTEMPT', 'CLAIMED', 'CLAIM'], rows, context));
  }
  parts.push(...lostClaims(beat.lost, context));
  return parts.join('\n');
}

const STANDINGS = {
  held: 'held',
  stop: 'to be stopped: end the work and let it go',
  lost: 'lost: stop working on it',
};

function lostClaims(lost: AgentView['lost'], context: RenderContext): string[] {
  if (lost.length === 0) return [];
  const rows = lost.map(({ taskId, attempt, at, reason }) => [
    taskId,
    String(attempt),
    ago(at, context.nowMs),
    oneLine(reason),
  ]);
  return [`${context.paint.bold('Lost')}\n${claimTable(['TASK', 'ATTEMPT', 'LOST', 'WHY'], rows, context)}`];
}

function claimTable(head: string[], rows: string[][], { paint, columns }: RenderContext): string {
  const wrapped = head.length > 3 ? { wrapped: 3 } : {};
  return table(head, rows, { width: columns, flexible: [0], ...wrapped, right: [1], heading: paint.dim, indent: 2 });
}
