import { formatDuration } from '../../schemas/duration.ts';
import type { Finding, HostView, Registration } from '../../schemas/fleet.ts';
import { fields } from './fields.ts';
import type { RenderContext } from './render.ts';
import { paintState, stateText } from './states.ts';
import { table } from './table.ts';
import { oneLine, wrap } from './text.ts';
import { ago, timeAndAgo } from './time.ts';

/** Hosts as a table. */
export function renderHostList(hosts: readonly HostView[], { paint, columns, nowMs }: RenderContext): string {
  if (hosts.length === 0) return 'No host has joined the fleet yet. Start one: colibri worker host\n';
  const rows = hosts.map((host) => [
    host.name,
    paintState(host.status, paint),
    `${host.slots.used}/${host.slots.total}`,
    host.lastSeenAt === null ? 'never' : ago(host.lastSeenAt, nowMs),
    oneLine(host.os) || '-',
    host.capabilities.map((tag) => (host.reserve.includes(tag) ? `${tag}!` : tag)).join(' ') || '-',
  ]);
  const list = table(['HOST', 'STATUS', 'SLOTS', 'SEEN', 'OS', 'CAPABILITIES'], rows, {
    width: columns,
    flexible: [4, 5],
    right: [2],
    heading: paint.dim,
  });
  const isKept = hosts.some(({ reserve }) => reserve.length > 0);
  const note = isKept ? [`${paint.dim('! reserved: its host takes only tasks that require a tag so marked')}\n`] : [];
  // What takes tasks needs no explanation.
  const unusual = hosts.filter(({ status }) => status !== 'online' && status !== 'busy');
  const reasons = unusual.map((host) => `${explained(host, { paint, columns })}\n`);
  return [list, ...note, ...reasons].join('\n').replace(/\n\n$/, '\n');
}

/** Name, state and the reason for it, over as many lines as it takes. */
function explained(host: HostView, { paint, columns }: Pick<RenderContext, 'paint' | 'columns'>): string {
  const plain = `${host.name} ${stateText(host.status)}: ${oneLine(host.reason)}`;
  const [first = '', ...more] = wrap(plain, columns - 2);
  const head = `${host.name} ${stateText(host.status)}`;
  const painted = `${paint.bold(host.name)} ${paintState(host.status, paint)}${first.slice(head.length)}`;
  return [painted, ...more.map((line) => `  ${line}`)].join('\n');
}

const CONTAINMENT: Readonly<Record<string, string>> = {
  cgroup: 'cgroup (the kernel ends all that an agent started)',
  sandbox: 'sandbox (all that an agent started ends with it)',
  sweep: 'sweep (process group, and a search for what left it)',
};

/** One host, with how each of its tags is known. */
export function renderHost(host: HostView & { registration: Registration | null }, context: RenderContext): string {
  const { paint, nowMs } = context;
  const { registration } = host;
  const head = `${paint.bold(host.name)}  ${paintState(host.status, paint)} since ${timeAndAgo(host.since, nowMs)}\n${wrap(oneLine(host.reason), context.columns).join('\n')}\n`;
  const parts = [
    head,
    fields(
      [
        ['slots', host.slots.total === 0 ? null : `${host.slots.used} of ${host.slots.total} in use`],
        ['last seen', host.lastSeenAt === null ? 'never' : timeAndAgo(host.lastSeenAt, nowMs)],
        ['capabilities', host.capabilities.join(', ') || 'none'],
        ['reserved', host.reserve.length === 0 ? null : `takes only tasks that require ${host.reserve.join(' or ')}`],
        [
          'containment',
          registration === null ? null : (CONTAINMENT[registration.containment] ?? registration.containment),
        ],
        ['lease', registration === null ? null : formatDuration(registration.leaseMs)],
        ['system', oneLine(host.os) || null],
        ['machine', registration?.machine === undefined ? null : oneLine(registration.machine.label)],
        ['versions', host.version === '' ? null : versionsOf(host, registration)],
      ],
      paint,
    ),
  ];
  if (host.running.length > 0) parts.push(`${paint.bold('Running')}\n${running(host, context)}`);
  if (registration !== null && registration.findings.length > 0) {
    parts.push(`${paint.bold('How it is known')}\n${renderFindings(registration.findings, context)}`);
  }
  return parts.join('\n');
}

function versionsOf({ version }: HostView, registration: Registration | null): string {
  if (registration === null) return `colibri ${version}`;
  return `colibri ${version}, node ${registration.node}, protocol ${registration.protocol}`;
}

function running(host: HostView, { paint, columns, nowMs }: RenderContext): string {
  const rows = host.running.map((run) => [run.taskId, String(run.attempt), ago(run.startedAt, nowMs)]);
  return table(['TASK', 'ATTEMPT', 'STARTED'], rows, { width: columns, flexible: [], heading: paint.dim, indent: 2 });
}

/** What probes found, what is there first. */
export function renderFindings(findings: readonly Finding[], { paint, columns }: RenderContext): string {
  const sorted = [...findings].sort((a, b) => Number(b.found) - Number(a.found) || (a.tag < b.tag ? -1 : 1));
  const rows = sorted.map((finding) => [
    finding.tag,
    finding.found ? paint.green('yes') : paint.dim('no'),
    finding.version ?? '',
    oneLine(finding.how),
  ]);
  return table(['TAG', 'FOUND', 'VERSION', 'HOW'], rows, {
    width: columns,
    flexible: [],
    wrapped: 3,
    heading: paint.dim,
    indent: 2,
  });
}
