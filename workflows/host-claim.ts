import type { Registration } from '../schemas/fleet.ts';
import type { HostState } from './host.ts';
import { HELD_BEFORE_REBOOT } from './messages.ts';
import { refuseUnreadable } from './read-message.ts';
import { refusal } from './refusal.ts';
import { OLDEST_PROTOCOL, PROTOCOL, readRegistration } from './rules.ts';

/**
 * One name, one host. Refuses a registration that this build cannot follow, and one of another host than the holder:
 * another machine until the holder is offline; the same machine with another state folder, or the same state folder in
 * another boot, until the holder has been silent for its lease. After a reboot it has; a clone finds it alive.
 */
export function refuseStranger(state: HostState, given: Registration): void {
  // Before all else: what another protocol's registration looks like is not known here.
  refuseProtocol(given);
  refuseUnreadable(readRegistration, given);
  const holder = state.registration;
  if (holder === null || state.status === 'offline') return;
  const silent = state.status === 'stale';
  if (holder.hostId === given.hostId) {
    if (silent || !isOtherBoot(holder, given)) return;
    throw refusal(
      HELD_BEFORE_REBOOT,
      `the name ${state.name} is held by the same machine and state folder in another boot: ${who(state)}. ` +
        'If this is a clone of it, give it a name of its own with --name and a state folder of its own with --home',
    );
  }
  if (isSameMachine(holder, given)) {
    if (silent) return;
    throw refusal(
      'HostNameTaken',
      `the name ${state.name} is held by another worker of this machine, with another state folder: ${who(state)}. ` +
        'Choose another name with --name, or stop that worker',
    );
  }
  throw refusal(
    'HostNameTaken',
    `the name ${state.name} is held by another machine: ${who(state)}. ` +
      'Choose another name with --name, or stop that worker',
  );
}

function refuseProtocol(given: Registration | undefined): void {
  const protocol = given?.protocol ?? 0;
  if (protocol >= OLDEST_PROTOCOL && protocol <= PROTOCOL) return;
  const worker = `worker protocol ${given?.protocol}${given?.version ? ` (colibri ${given.version})` : ''}`;
  const advice =
    protocol > PROTOCOL
      ? 'upgrade colibri where the control worker runs, then start this worker again'
      : 'upgrade colibri on this host';
  throw refusal('ProtocolMismatch', `${worker}, control protocols ${OLDEST_PROTOCOL} to ${PROTOCOL}: ${advice}`);
}

/** Unknown boots are not held against a host: an older worker does not tell. */
function isOtherBoot(holder: Registration, given: Registration): boolean {
  return holder.machine !== undefined && given.machine !== undefined && holder.machine.boot !== given.machine.boot;
}

function isSameMachine(holder: Registration, given: Registration): boolean {
  const { id } = given.machine ?? {};
  return id !== undefined && id !== '' && holder.machine?.id === id;
}

/** The holder, as a person would look for it. */
function who({ registration, status, since, joinedAt }: HostState): string {
  const machine = registration?.machine?.label ? `${registration.machine.label}, ` : '';
  const joined = joinedAt === undefined ? '' : `, registered ${joinedAt}`;
  return `${machine}${registration?.os}, ${status} since ${since}${joined}`;
}
