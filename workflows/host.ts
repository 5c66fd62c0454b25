import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { Drain, Expected, FleetHost, Registration } from '../schemas/fleet.ts';
import { ColibriHost, ColibriState, ColibriTags, fitKeywords } from '../schemas/search-attributes.ts';
import { refuseStranger } from './host-claim.ts';
import { asFleetHost, hostDetails } from './host-details.ts';
import { DrainDeadline, drainAfter } from './host-drain.ts';
import {
  expectHost,
  fleetAsks,
  forget,
  type HostActivities,
  hostChanged,
  hostForgotten,
  hostRegistration,
  probeHost,
  refresh,
  register,
  setDraining,
} from './messages.ts';
import { refuseUnreadable } from './read-message.ts';
import { refusal } from './refusal.ts';
import { hostQueue, readDraining, readExpecting, readRegistration } from './rules.ts';
import { tellFleet } from './tell-fleet.ts';

/** A stale host that stays silent for this long is offline. */
const OFFLINE_AFTER = '5m';
/** A presence never ends by itself. */
const PRESENCE_LIMIT = '3650 days';

/** What one run of a host's workflow hands to the next. */
export interface HostState {
  name: string;
  registration: Registration | null;
  status: FleetHost['status'];
  since: string;
  draining: boolean;
  drain?: Drain | undefined;
  /** Set while it never came. */
  expected?: Expected | undefined;
  /** ISO 8601: when the worker that holds the name registered. */
  joinedAt?: string;
  left?: string | undefined;
  heardAt?: string | undefined;
}

type Left = { how: 'replaced' | 'stale' } | { how: 'offline'; reason?: string };

/**
 * Presence of one host, for ever. The worker registers, then holds the `presence` activity on its own queue; its
 * heartbeat timeout is the host's lease. Silence makes the host stale, longer silence offline; registering brings it back.
 */
export async function host(state: HostState): Promise<void> {
  let registrations = 0;
  let forgotten = false;

  /** One after the other, each with what holds when it is sent: signals under way together may overtake each other. */
  let telling: Promise<void> = Promise.resolve();
  const inTurn = (send: () => Promise<void>) => {
    telling = telling.then(send, send);
    return telling;
  };
  const tell = async () => {
    if (state.registration === null && !state.expected) return;
    upsertSearchAttributes([
      { key: ColibriHost, value: state.name },
      { key: ColibriState, value: state.status },
      { key: ColibriTags, value: fitKeywords(state.registration?.capabilities ?? []) },
    ]);
    setCurrentDetails(hostDetails(state));
    await inTurn(() => tellFleet((fleet) => fleet.signal(hostChanged, asFleetHost(state))));
  };
  const become = async (status: FleetHost['status']) => {
    if (state.status !== status) {
      state.status = status;
      state.since = now();
    }
    await tell();
  };
  const live = () => (state.draining ? 'draining' : 'online');
  const isLive = () => state.status === 'online' || state.status === 'draining';
  const isEnding = () => forgotten || workflowInfo().continueAsNewSuggested;
  const deadline = new DrainDeadline(state, isLive, isEnding, tell);

  setHandler(hostRegistration, () => state.registration);
  setHandler(
    register,
    async (registration) => {
      if (state.registration?.instanceId !== registration.instanceId) state.joinedAt = now();
      state.registration = registration;
      state.left = undefined;
      state.heardAt = undefined;
      state.expected = undefined;
      registrations += 1;
      await become(live());
      return { instanceId: registration.instanceId };
    },
    { validator: (registration) => refuseStranger(state, registration) },
  );
  setHandler(
    refresh,
    async (registration) => {
      state.registration = registration;
      await tell();
    },
    {
      validator: (registration) => {
        refuseUnreadable(readRegistration, registration);
        if (registration.instanceId !== state.registration?.instanceId) {
          throw refusal('HostReplaced', `${state.name} is now held by another worker`);
        }
      },
    },
  );
  setHandler(
    setDraining,
    async (order) => {
      state.draining = order.draining;
      state.drain = drainAfter(order, state.drain, Date.now());
      deadline.watch();
      if (isLive()) await become(live());
      // Older clients did not say by whom, and of a host that is away nothing was told.
      else if (order.by !== undefined) await tell();
    },
    { validator: (given) => refuseUnreadable(readDraining, given) },
  );
  setHandler(
    expectHost,
    async ({ by }) => {
      if (state.registration === null && !state.expected) {
        state.expected = { since: now(), by };
        await become('never-seen');
      }
      return { status: state.status, since: state.since };
    },
    { validator: (given) => refuseUnreadable(readExpecting, given) },
  );
  setHandler(fleetAsks, () => tell());
  setHandler(
    forget,
    async () => {
      forgotten = true;
      await inTurn(() => tellFleet((fleet) => fleet.signal(hostForgotten, { name: state.name })));
    },
    {
      validator: () => {
        const { name, status, since } = state;
        if (isLive()) throw refusal('HostLive', `${name} is ${status} since ${since}: stop its worker first`);
        if (status === 'stale')
          throw refusal('HostLive', `${name} is stale since ${since}: it can be forgotten once it is offline`);
      },
    },
  );
  setHandler(
    probeHost,
    async () => {
      const { probe } = proxyActivities<HostActivities>({
        taskQueue: ownQueue(state),
        scheduleToStartTimeout: '10s',
        startToCloseTimeout: '1m',
        retry: { maximumAttempts: 1 },
      });
      return probe();
    },
    {
      validator: () => {
        if (!isLive()) throw refusal('HostAway', `${state.name} is ${state.status} and cannot be probed`);
      },
    },
  );

  deadline.watch();
  // A presence that the former run held is taken up again; a host that was away stays away until it registers.
  let served = state.registration !== null && isLive() ? -1 : 0;
  while (!isEnding()) {
    if (served === registrations) {
      const due = state.status === 'stale';
      const wake = () => isEnding() || served !== registrations;
      const woken = due ? await condition(wake, OFFLINE_AFTER) : await condition(wake).then(() => true);
      if (!woken && served === registrations) await become('offline');
      continue;
    }
    served = registrations;
    const left = await holdPresence(state, () => isEnding() || served !== registrations);
    // The loss of one presence may be heard of together with the next registration, which then has the last word.
    if (left.how === 'replaced' || served !== registrations) continue;
    if (left.how === 'offline') state.left = left.reason ?? 'left';
    else state.heardAt = new Date(Date.now() - leaseOf(state)).toISOString();
    await become(left.how);
  }
  await condition(() => allHandlersFinished() && !deadline.isTelling);
  if (!forgotten) await continueAsNew<typeof host>(state);
}

/** Keeps the presence of the instance registered now. `offline`: it took its leave. `stale`: it fell silent. */
async function holdPresence(state: HostState, replaced: () => boolean): Promise<Left> {
  const { presence } = proxyActivities<HostActivities>({
    taskQueue: ownQueue(state),
    heartbeatTimeout: leaseOf(state),
    scheduleToStartTimeout: leaseOf(state),
    startToCloseTimeout: PRESENCE_LIMIT,
    // Each loss must be heard of, so Temporal is not to retry it.
    retry: { maximumAttempts: 1 },
    cancellationType: 'TRY_CANCEL',
    summary: `presence of ${state.name}`,
  });
  const { instanceId = '' } = state.registration ?? {};
  const scope = new CancellationScope();
  const held = scope.run(async (): Promise<Left> => {
    try {
      return { how: 'offline', reason: (await presence({ instanceId })).reason };
    } catch (error) {
      if (isCancellation(error)) return { how: 'offline' };
      if (error instanceof ActivityFailure) return { how: 'stale' };
      throw error;
    }
  });
  const outcome = await Promise.race([held, condition(replaced).then((): Left => ({ how: 'replaced' }))]);
  if (outcome.how === 'replaced') scope.cancel();
  return outcome;
}

function ownQueue({ name, registration }: HostState): string {
  return registration?.queue ?? hostQueue(name);
}

function leaseOf({ registration }: HostState): number {
  return registration?.leaseMs ?? 30_000;
}

function now(): string {
  return new Date(Date.now()).toISOString();
}
