import { paintState } from '../cli/output/states.ts';
import { table } from '../cli/output/table.ts';
import { oneLine } from '../cli/output/text.ts';
import type { HostView } from '../schemas/fleet.ts';
import type { TaskView } from '../schemas/task-view.ts';
import type { Interval } from './ledger.ts';
import type { Teller } from './teller.ts';

const BAR = 34;

/** The life of a task, at the seconds that the story counts. */
export function historyTable(view: TaskView, teller: Teller): string {
  const { paint, columns } = teller.context;
  const rows = view.history.map((entry) => [
    `${teller.secondsOf(entry.at).toFixed(1)}s`.padStart(5),
    paintState(entry.state, paint),
    entry.attempt === null ? '' : String(entry.attempt),
    entry.host ?? '',
    oneLine(entry.reason),
  ]);
  const head = ['   AT', 'STATE', 'TRY', 'HOST', 'REASON'];
  return table(head, rows, { width: columns, flexible: [4], heading: paint.dim });
}

/** A bar for each attempt over a common axis of time. */
export function timeline(intervals: readonly Interval[], hosts: ReadonlyMap<number, string>, teller: Teller): string {
  const { green, red } = teller.paint;
  const from = Math.min(...intervals.map((each) => each.from));
  const to = Math.max(...intervals.map((each) => each.to));
  const cell = (at: number) => Math.round(((at - from) / (to - from)) * BAR);
  const lines = intervals.map((each, at) => {
    const last = at === intervals.length - 1;
    const bar = '━'.repeat(Math.max(1, cell(each.to) - cell(each.from)));
    const drawn = `${' '.repeat(cell(each.from))}${(last ? green : red)(bar)}${' '.repeat(BAR - cell(each.to))}`;
    const times = [each.from, each.to].map((time) => `${teller.secondsAt(time).toFixed(1)}s`);
    return `${each.attempt}  ${(hosts.get(each.attempt) ?? '').padEnd(7)}  ${drawn}  ${times.join(' to ')}`;
  });
  return lines.join('\n');
}

/** The fleet, one line a host. */
export function fleetTable(hosts: readonly HostView[], teller: Teller): string {
  const { paint, columns } = teller.context;
  const rows = hosts.map((host) => [host.name, paintState(host.status, paint), host.capabilities.join(' ')]);
  return table(['HOST', 'STATUS', 'CAN DO'], rows, { width: columns, flexible: [2], heading: paint.dim });
}
