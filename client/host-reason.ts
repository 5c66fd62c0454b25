import { formatDuration } from '../schemas/duration.ts';
import type { Drain, FleetHost, HostView } from '../schemas/fleet.ts';

type ReasonedHost = Omit<HostView, 'reason'> & Pick<FleetHost, 'leaseMs' | 'left' | 'heardAt' | 'expected'>;

/** Why a host is in the state it is in: what happened, when, and what is next. Without the name of the state. */
export function hostReason(host: ReasonedHost, nowMs: number): string {
  const { status, slots, drain } = host;
  const at = (iso: string) => timeOf(iso, nowMs);
  switch (status) {
    case 'online':
      return `since ${at(host.since)}; ${slots.used} of ${count(slots.total, 'slot')} in use`;
    case 'busy':
      return `${slots.total === 1 ? 'its only slot is' : `all ${slots.total} slots are`} in use`;
    case 'draining':
      return `${drained(drain ?? drainSince(host.since), at)}; ${leftToDo(host, at)}`;
    case 'stale':
      return `${silence(host, nowMs)}, lease ${formatDuration(host.leaseMs)}${resting(drain)}`;
    case 'offline':
      if (host.left !== undefined) return `its worker left at ${at(host.since)} (${host.left})${resting(drain)}`;
      return `${silence(host, nowMs)}${resting(drain)}`;
    case 'never-seen': {
      const { since, by } = host.expected ?? { since: host.since, by: '' };
      const who = by === '' ? '' : ` (${by})`;
      return `it has been expected since ${at(since)}${who} but no worker ever registered`;
    }
  }
}

/** Local time of day; with the date when it is not today's. */
export function timeOf(iso: string, nowMs: number): string {
  const date = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  if (date.toDateString() === new Date(nowMs).toDateString()) return clock;
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock}`;
}

function silence(host: ReasonedHost, nowMs: number): string {
  const heardAt = host.heardAt ?? host.lastSeenAt ?? host.since;
  const silentMs = Math.max(0, nowMs - Date.parse(heardAt));
  return `no heartbeat since ${timeOf(heardAt, nowMs)} (${formatDuration(Math.round(silentMs / 1_000) * 1_000)})`;
}

function drained({ since, by, reason }: Drain, at: (iso: string) => string): string {
  return `since ${at(since)}${by === null ? '' : `, by ${by}`}${reason === null ? '' : `: ${reason}`}`;
}

function leftToDo({ running, drain }: ReasonedHost, at: (iso: string) => string): string {
  if (running.length === 0) return 'it runs nothing';
  const tasks = count(running.length, 'task');
  if (drain?.handedOverAt) return `${tasks} being handed over since ${at(drain.handedOverAt)}`;
  if (drain?.deadlineAt) return `${tasks} to finish, handed over at ${at(drain.deadlineAt)}`;
  return `${tasks} to finish`;
}

/** That it will not take tasks when it is back. */
function resting(drain: Drain | null): string {
  if (drain === null) return '';
  const who = `${drain.by === null ? '' : ` by ${drain.by}`}${drain.reason === null ? '' : `: ${drain.reason}`}`;
  return `; drained${who}`;
}

/** Of a host whose workflow noted no more than that it drains. */
function drainSince(since: string): Drain {
  return { since, by: null, reason: null, deadlineAt: null, handedOverAt: null };
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}
