import {
  ActivityFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  type ExternalWorkflowHandle,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  proxyLocalActivities,
  setCurrentDetails,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ControlActivities } from '../activities/control-activities.ts';
import type { FleetHost, Registration } from '../schemas/fleet.ts';
import { ColibriHost, ColibriState, ColibriTags, fitKeywords } from '../schemas/search-attributes.ts';
import { asFleetHost, hostDetails } from './host-details.ts';
import {
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
import { FLEET_ID, hostQueue, PROTOCOL, readDraining, readRegistration } from './rules.ts';

/** A stale host that stays silent for this long is offline. */
const OFFLINE_AFTER = '5m';
/** A presence never ends by itself. */
const PRESENCE_LIMIT = '3650 days';

const { startFleet } = proxyLocalActivities<ControlActivities>({ startToCloseTimeout: '10s' });

/** What one run of a host's workflow hands to the next. */
export interface HostState {
  name: string;
  registration: Registration | null;
  status: FleetHost['status'];
  since: string;
  draining: boolean;
}

/**
 * Presence of one host, for ever. The worker registers, then holds the `presence` activity on the host's own queue; its
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
    const { registration } = state;
    if (registration === null) return;
    upsertSearchAttributes([
      { key: ColibriHost, value: state.name },
      { key: ColibriState, value: state.status },
      { key: ColibriTags, value: fitKeywords(registration.capabilities) },
    ]);
    setCurrentDetails(hostDetails(registration, state.status, state.since));
    await inTurn(() => tellFleet((fleet) => fleet.signal(hostChanged, fleetHost())));
  };
  const fleetHost = () => asFleetHost(state.registration as Registration, state.status, state.since);
  const become = async (status: FleetHost['status']) => {
    if (state.status !== status) {
      state.status = status;
      state.since = new Date(Date.now()).toISOString();
    }
    await tell();
  };
  const live = () => (state.draining ? 'draining' : 'online');
  const isLive = () => state.status === 'online' || state.status === 'draining';

  setHandler(hostRegistration, () => state.registration);
  setHandler(
    register,
    async (registration) => {
      state.registration = registration;
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
    async ({ draining }) => {
      state.draining = draining;
      if (isLive()) await become(live());
    },
    { validator: (given) => refuseUnreadable(readDraining, given) },
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
        if (isLive()) throw refusal('HostLive', `${state.name} is ${state.status}: stop its worker first`);
      },
    },
  );
  setHandler(
    probeHost,
    async () => {
      const { probe } = proxyActivities<HostActivities>({
        taskQueue: hostQueue(state.name),
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

  // A presence that the former run held is taken up again; a host that was away stays away until it registers.
  let served = state.registration !== null && isLive() ? -1 : 0;
  while (!forgotten && !workflowInfo().continueAsNewSuggested) {
    if (served === registrations) {
      const due = state.status === 'stale';
      const wake = () => forgotten || served !== registrations || workflowInfo().continueAsNewSuggested;
      const woken = due ? await condition(wake, OFFLINE_AFTER) : await condition(wake).then(() => true);
      if (!woken && served === registrations) await become('offline');
      continue;
    }
    served = registrations;
    const left = await holdPresence(
      () => forgotten || served !== registrations || workflowInfo().continueAsNewSuggested,
    );
    // The loss of one presence may be heard of together with the next registration, which then has the last word.
    if (left !== 'replaced' && served === registrations) await become(left);
  }
  await condition(allHandlersFinished);
  if (!forgotten) await continueAsNew<typeof host>(state);

  /** Keeps the presence of the instance registered now. `offline`: it took its leave. `stale`: it fell silent. */
  async function holdPresence(replaced: () => boolean): Promise<'replaced' | 'offline' | 'stale'> {
    const { leaseMs = 30_000, instanceId = '' } = state.registration ?? {};
    const { presence } = proxyActivities<HostActivities>({
      taskQueue: hostQueue(state.name),
      heartbeatTimeout: leaseMs,
      scheduleToStartTimeout: leaseMs,
      startToCloseTimeout: PRESENCE_LIMIT,
      // Each loss must be heard of, so Temporal is not to retry it.
      retry: { maximumAttempts: 1 },
      cancellationType: 'TRY_CANCEL',
      summary: `presence of ${state.name}`,
    });
    const scope = new CancellationScope();
    const held = scope.run(async (): Promise<'offline' | 'stale'> => {
      try {
        await presence({ instanceId });
        return 'offline';
      } catch (error) {
        if (isCancellation(error)) return 'offline';
        if (error instanceof ActivityFailure) return 'stale';
        throw error;
      }
    });
    const outcome = await Promise.race([held, condition(replaced).then(() => 'replaced' as const)]);
    if (outcome === 'replaced') scope.cancel();
    return outcome;
  }
}

/** A fleet that does not run, because someone ended it, is started again: a host must not fail with it. */
async function tellFleet(send: (fleet: ExternalWorkflowHandle) => Promise<void>): Promise<void> {
  for (;;) {
    try {
      return await send(getExternalWorkflowHandle(FLEET_ID));
    } catch (error) {
      if (isCancellation(error)) throw error;
      await startFleet();
      await sleep('1s');
    }
  }
}

/** One name, one machine: another machine may take a name only once its holder is offline. */
function refuseStranger(state: HostState, registration: Registration): void {
  // Before all else: what another protocol's registration looks like is not known here.
  if (registration?.protocol !== PROTOCOL) {
    throw refusal(
      'ProtocolMismatch',
      `worker protocol ${registration?.protocol}, control protocol ${PROTOCOL}: install the same version on both`,
    );
  }
  refuseUnreadable(readRegistration, registration);
  const holder = state.registration;
  if (holder === null || holder.hostId === registration.hostId || state.status === 'offline') return;
  throw refusal(
    'HostNameTaken',
    `the name ${state.name} is held by another machine (${holder.os}, ${state.status} since ${state.since}); choose another with --name, or stop that worker`,
  );
}
