import {
  ActivityFailure,
  ApplicationFailure,
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  isCancellation,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { type FleetHost, PROTOCOL, type Registration } from '../schemas/fleet.ts';
import { FLEET_ID, hostQueue } from '../schemas/names.ts';
import { ColibriHost, ColibriState, ColibriTags } from '../schemas/search-attributes.ts';
import {
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
}

/**
 * Presence of one host, for ever. The worker registers, then holds the `presence` activity on the host's own queue; its
 * heartbeat timeout is the host's lease. Silence makes the host stale, longer silence offline; registering brings it back.
 */
export async function host(state: HostState): Promise<void> {
  let registrations = 0;
  let forgotten = false;

  const tell = async () => {
    const { registration } = state;
    if (registration === null) return;
    upsertSearchAttributes([
      { key: ColibriHost, value: state.name },
      { key: ColibriState, value: state.status },
      { key: ColibriTags, value: registration.capabilities },
    ]);
    setCurrentDetails(
      [
        `**${state.status}** since ${state.since}`,
        '',
        `- tags: ${registration.capabilities.join(', ')}`,
        `- slots: ${registration.slots}, lease ${registration.leaseMs / 1000} s, containment ${registration.containment}`,
        `- colibri ${registration.version} on ${registration.os}, node ${registration.node}`,
      ].join('\n'),
    );
    await getExternalWorkflowHandle(FLEET_ID).signal(hostChanged, {
      name: state.name,
      status: state.status,
      since: state.since,
      instanceId: registration.instanceId,
      capabilities: registration.capabilities,
      slots: registration.slots,
      leaseMs: registration.leaseMs,
      version: registration.version,
      os: registration.os,
    });
  };
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
        if (registration.instanceId !== state.registration?.instanceId) {
          throw refusal('HostReplaced', `${state.name} is now held by another worker`);
        }
      },
    },
  );
  setHandler(setDraining, async ({ draining }) => {
    state.draining = draining;
    if (isLive()) await become(live());
  });
  setHandler(
    forget,
    async () => {
      forgotten = true;
      await getExternalWorkflowHandle(FLEET_ID).signal(hostForgotten, { name: state.name });
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

  let served = state.registration === null ? 0 : -1;
  while (!forgotten && !workflowInfo().continueAsNewSuggested) {
    if (served === registrations) {
      const due = state.status === 'stale';
      const wake = () => forgotten || served !== registrations || workflowInfo().continueAsNewSuggested;
      const woken = due ? await condition(wake, OFFLINE_AFTER) : await condition(wake).then(() => true);
      if (!woken) await become('offline');
      continue;
    }
    served = registrations;
    const left = await holdPresence(
      () => forgotten || served !== registrations || workflowInfo().continueAsNewSuggested,
    );
    if (left !== 'replaced') await become(left);
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

/** One name, one machine: another machine may take a name only once its holder is offline. */
function refuseStranger(state: HostState, registration: Registration): void {
  if (registration.protocol !== PROTOCOL) {
    throw refusal(
      'ProtocolMismatch',
      `worker protocol ${registration.protocol}, control protocol ${PROTOCOL}: install the same version on both`,
    );
  }
  const holder = state.registration;
  if (holder === null || holder.hostId === registration.hostId || state.status === 'offline') return;
  throw refusal(
    'HostNameTaken',
    `the name ${state.name} is held by another machine (${holder.os}, ${state.status} since ${state.since}); choose another with --name, or stop that worker`,
  );
}

function refusal(type: string, message: string): ApplicationFailure {
  return ApplicationFailure.create({ type, message, nonRetryable: true });
}
