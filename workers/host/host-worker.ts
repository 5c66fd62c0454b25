import { randomUUID } from 'node:crypto';
import { PROTOCOL, type Registration } from '../../schemas/fleet.ts';
import type { SyncRoutes } from '../../schemas/host-activities.ts';
import { pinnedQueue } from '../../schemas/names.ts';
import { mayServe } from '../../schemas/serving.ts';
import { deferred } from '../deferred.ts';
import { version } from '../version.ts';
import { ActiveRuns } from './active-runs.ts';
import { Capabilities } from './capabilities.ts';
import { hostIdentity } from './host-identity.ts';
import type { HostWorkerOptions } from './host-worker-options.ts';
import { Intake } from './intake.ts';
import { thisMachine } from './machine.ts';
import { Membership } from './membership.ts';
import { openSkillStore } from './open-skill-store.ts';
import { instanceQueue, serveOwnQueues } from './own-queues.ts';
import { RoutePool } from './polling/route-pool.ts';
import { Predecessors } from './predecessors.ts';
import { prepareHost, type Undo } from './prepare-host.ts';
import { Presence } from './presence.ts';
import { qualifier } from './qualify.ts';
import { runAgent } from './run-agent.ts';
import { RunEnds } from './run-ends.ts';
import { Succession } from './succession.ts';
import { startUpkeep } from './upkeep.ts';

export interface HostWorker {
  /** Ends the agents, gives their tasks back, takes leave of the fleet. */
  stop(reason?: string): Promise<void>;
  /** Settles when the worker has ended, also when another one took its place; rejects when it failed. */
  stopped: Promise<void>;
}

/**
 * A host's worker: proves what the host can do, joins the fleet, polls the routes that its tags satisfy and runs agents
 * in its slots. Throws `StateLocked` or `RegistrationRefused` when it may not.
 */
export async function startHostWorker(options: HostWorkerOptions): Promise<HostWorker> {
  /** What has been set up, to be taken down in reverse order when the start fails, and when the worker ends. */
  const undo: Undo = [];
  const takeDown = async () => {
    for (const step of undo.reverse()) await step();
  };
  try {
    return await joinFleet(options, undo, takeDown);
  } catch (error) {
    await takeDown();
    throw error;
  }
}

async function joinFleet(options: HostWorkerOptions, undo: Undo, takeDown: () => Promise<void>): Promise<HostWorker> {
  const { connected, log, home, slots, leaseMs, reserve = [] } = options;
  const ground = await prepareHost(options, undo);
  const { name, stateDir, seatDir, lock, gateway, client, leash, clearSeat } = ground;
  const stopping = new AbortController();
  const skillStore = openSkillStore(client, options, stopping.signal);
  /** A lost tag closes its routes here at once; a gained one is told to the fleet, which opens what it unlocks. */
  const capabilities = new Capabilities(options, stopping.signal, (change) => {
    log.info(change, 'capabilities changed');
    openRoutes();
  });
  await capabilities.probe();
  log.info(
    { capabilities: capabilities.tags, containment: leash.containment },
    `${name} can do: ${capabilities.tags.join(', ') || 'nothing special'}`,
  );

  const instanceId = randomUUID();
  const [hostId, machine, queue] = [hostIdentity(stateDir), thisMachine(), instanceQueue(name, instanceId)];
  const registration = (): Registration => ({
    ...{ name, hostId, instanceId, protocol: PROTOCOL, version, os: process.platform, node: process.versions.node },
    ...{ containment: leash.containment, slots, leaseMs, machine, queue },
    capabilities: [...capabilities.tags],
    ...(reserve.length > 0 && { reserve: [...reserve] }),
    findings: capabilities.report.findings.map(({ probe: _probe, ms: _ms, ...finding }) => finding),
  });

  const offering = () => ({ name, capabilities: capabilities.tags, reserve });
  /** What is offered to this host alone comes without a route. */
  const pinned = { queue: pinnedQueue(name), tags: [] };

  /** Rejects when the worker cannot go on. */
  const failed = deferred<never>();
  let told: SyncRoutes['routes'] = [];
  const ends = new RunEnds();
  const runs = new ActiveRuns(() => {
    presence.changed();
    succession.changed();
  });
  const predecessors = new Predecessors({
    ...{ lock, slots },
    onChange: () => {
      pool.setSlots(slots - predecessors.used);
      presence.changed();
    },
    onGone: (dir) => void clearSeat(dir).catch((error: unknown) => log.error({ error }, 'a seat could not be cleared')),
  });
  const pool = new RoutePool({
    gateway,
    slots: slots - predecessors.used,
    log,
    qualifies: qualifier(offering),
    onTask: (task) =>
      ends.during((stop) =>
        runAgent(
          task,
          {
            ...ground,
            ...{ log, host: name, home, stateDir: seatDir, skillStore, stopping: stop },
            server: { address: connected.address, namespace: connected.namespace },
            liveLimitBytes: options.liveLimitBytes,
            transcriptLimitBytes: options.transcriptLimitBytes,
          },
          (run) => runs.add(run),
        ).catch((error: unknown) => log.error({ error }, 'a task could not be reported')),
      ),
  });
  const intake = new Intake(pool);
  /** What the fleet told, as far as this host's tags hold right now. */
  const openRoutes = () => pool.setRoutes([...told.filter((route) => mayServe(route, offering())), pinned]);
  const presence = new Presence({
    gateway,
    leaseMs,
    onLost: (why) => succession.whenHolder(() => void membership.enlist(why).catch(failed.reject)),
    details: () => ({
      at: Date.now(),
      slots: { total: slots, used: Math.min(slots, runs.size + predecessors.used) },
      running: [...runs.list(), ...predecessors.running],
      routes: told.length,
      paused: intake.isPaused,
    }),
  });
  const membership = new Membership({
    ...{ client, registration, signal: stopping.signal, log },
    onJoined: () => presence.promised(),
  });
  const succession = new Succession({
    ...{ lock, log },
    note: () => ({ used: pool.used, running: runs.list() }),
    onSucceeded: () => {
      intake.pause('succeeded', 'another worker of this host has taken its place');
      void finish().catch(failed.reject);
    },
    onAlone: () => intake.resume('succeeded'),
    onEnd: () => ends.endAll(`${name} hands its tasks over`),
  });
  const own = serveOwnQueues({
    ...{ gateway, name, instanceId, log },
    onPresence: (task) => presence.hold(task),
    onRoutes: (sync) => {
      // Told while it leaves, it must not begin to take tasks again.
      if (stopping.signal.aborted) return;
      told = sync.routes;
      if (sync.draining) intake.pause('draining', 'draining');
      else intake.resume('draining');
      openRoutes();
      presence.changed();
      log.debug({ routes: told.length, draining: sync.draining }, 'routes told');
    },
    probe: async () => {
      await reprobe();
      return capabilities.report;
    },
    onHandOver: (why) => {
      intake.pause('draining', 'draining');
      predecessors.end();
      return ends.endAll(`${name} hands its tasks over: ${why}`);
    },
    onNudge: (workflowId) => runs.nudge(workflowId),
  });
  undo.push(async () => {
    predecessors.stop();
    await presence.leave('failed to start');
    await own.stop();
  });

  await membership.enlist();
  lock.commit();
  succession.start();
  predecessors.start();
  log.info({ slots, leaseMs }, `${name} has joined the fleet`);
  const active = () => new Set([...runs.sessions(), ...predecessors.running.map(({ sessionId }) => sessionId)]);
  const endUpkeep = startUpkeep({
    ...{ home, log, active, reprobe },
    transcriptsKeepMs: options.transcriptsKeepMs,
    reprobeMs: options.reprobeMs,
    isHolder: () => succession.isHolder,
  });

  let leaving: Promise<void> | undefined;
  const stop = (reason = 'stopped'): Promise<void> => {
    leaving ??= leave(reason);
    return leaving;
  };
  const left = deferred<void>();
  const stopped = Promise.race([left.promise, failed.promise]).catch(async (error: unknown) => {
    await stop('failed');
    throw error;
  });
  return { stop, stopped };

  /** Leaves in the order that loses nothing: nothing new, agents ended and tasks given back, presence, polls. */
  async function leave(reason: string): Promise<void> {
    endUpkeep();
    succession.stop();
    predecessors.stop();
    intake.pause('stopping', 'stopping');
    stopping.abort();
    ends.endAll(`${name} is stopping`, { andLater: true });
    await pool.idle();
    await presence.leave(reason);
    await own.stop();
    await pool.stop({ cancelPolls: true });
    await takeDown();
    log.info({ reason }, `${name} has left the fleet`);
    left.resolve();
  }

  /** Of a worker that was succeeded: ends once nothing runs any more, unless the successor has failed meanwhile. */
  async function finish(): Promise<void> {
    await pool.idle();
    if (succession.isSucceeded) await stop('another worker has taken its place');
  }

  async function reprobe(): Promise<void> {
    await capabilities.probe();
    if (succession.isHolder) await membership.tell().catch(failed.reject);
  }
}
