import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, type ConnectionOptions } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Connected } from '../../client/connect.ts';
import { HostName, PROTOCOL, type Registration } from '../../schemas/fleet.ts';
import { RunAgentInput, SyncRoutes } from '../../schemas/host-activities.ts';
import { hostQueue, pinnedQueue } from '../../schemas/names.ts';
import { lacking, mayServe } from '../../schemas/serving.ts';
import { deferred } from '../deferred.ts';
import { startLeash } from '../leash/client.ts';
import { loadSkills } from '../skills.ts';
import { version } from '../version.ts';
import { ActiveRuns } from './active-runs.ts';
import { Capabilities, type CapabilityOptions } from './capabilities.ts';
import { giveBackFormerLife } from './former-life.ts';
import { hostIdentity } from './host-identity.ts';
import { Membership } from './membership.ts';
import { openSkillStore } from './open-skill-store.ts';
import { OutputPipes } from './output-pipes.ts';
import { openHostConnection } from './polling/connection.ts';
import { ActivityGateway } from './polling/gateway.ts';
import { RoutePool } from './polling/route-pool.ts';
import { DEFERRED, serveQueue } from './polling/serve-queue.ts';
import { Presence } from './presence.ts';
import { SessionPruner } from './prune-sessions.ts';
import { runAgent } from './run-agent.ts';
import { lockState } from './state-lock.ts';

export interface HostWorkerOptions extends CapabilityOptions {
  connected: Connected;
  log: Logger;
  /** Folder of everything this host writes. */
  home: string;
  name: string;
  slots: number;
  /** Tags that this host keeps itself for. */
  reserve?: readonly string[];
  /** Heartbeat timeout of the host's presence, and of tasks for which it is the fleet's longest. */
  leaseMs: number;
  reprobeMs: number;
  liveLimitBytes: number;
  transcriptLimitBytes: number;
  transcriptsKeepMs: number;
  skillCacheBytes: number;
}

export interface HostWorker {
  /** Ends the agents, gives their tasks back, takes leave of the fleet. */
  stop(reason?: string): Promise<void>;
  /** Settles when the worker has ended; rejects when it did so by itself. */
  stopped: Promise<void>;
}

const PRUNE_EVERY_MS = 3_600_000;

/**
 * A host's worker: proves what the host can do, joins the fleet, polls the routes that its tags satisfy and runs agents
 * in its slots. Throws `StateLocked` or `RegistrationRefused` when it may not.
 */
export async function startHostWorker(options: HostWorkerOptions): Promise<HostWorker> {
  /** What has been set up, to be taken down in reverse order when the start fails. */
  const undo: (() => Promise<void> | void)[] = [];
  try {
    return await joinFleet(options, undo);
  } catch (error) {
    for (const step of undo.reverse()) await step();
    throw error;
  }
}

async function joinFleet(options: HostWorkerOptions, undo: (() => Promise<void> | void)[]): Promise<HostWorker> {
  const { connected, log, home, slots, leaseMs, reserve = [] } = options;
  const name = HostName.parse(options.name);
  const stateDir = join(home, 'hosts', name);
  const unlock = lockState(stateDir);
  undo.push(unlock);

  const { namespace, address, nativeOptions } = connected;
  const connection = openHostConnection({ address, ...nativeOptions } as ConnectionOptions);
  undo.push(() => connection.close());
  const identity = `${name}@${process.pid}`;
  const client = new Client({ connection, namespace, identity });
  const gateway = new ActivityGateway({
    connection,
    namespace,
    identity,
    log,
    onConnection: (state) => sayLink(state),
  });
  undo.push(() => gateway.close());

  await giveBackFormerLife(gateway, stateDir, log);
  const leash = await startLeash({
    stateDir,
    log,
    onFenced: (runId, reason) => log.warn({ session: runId, reason }, 'the leash ended an agent'),
  });
  undo.push(() => leash.close());

  const stopping = new AbortController();
  const skills = await loadSkills();
  const skillStore = openSkillStore(client, options, stopping.signal);
  const pipes = new OutputPipes(join(stateDir, 'pipes'));
  undo.push(() => pipes.close());
  await pipes.prepare();
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
  const hostId = hostIdentity(stateDir);
  const registration = (): Registration => ({
    ...{ name, hostId, instanceId, protocol: PROTOCOL, version, os: process.platform, node: process.versions.node },
    ...{ containment: leash.containment, slots, leaseMs },
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
  const runs = new ActiveRuns(() => presence.changed());
  const pool = new RoutePool({
    gateway,
    slots,
    log,
    qualifies: (route, task) => {
      const input = RunAgentInput.safeParse(task.input[0]);
      const demand = input.success ? { ...route, tags: input.data.requires, or: input.data.alternatives } : route;
      if (mayServe(demand, offering())) return null;
      const missing = lacking(demand, offering());
      return missing.length > 0 ? `${name} has no ${missing.join(', ')} now` : `${name} keeps itself for other tasks`;
    },
    onTask: (task) =>
      runAgent(
        task,
        {
          ...{ gateway, client, leash, log, host: name, home, stateDir, pipes, skills, skillStore },
          stopping: stopping.signal,
          liveLimitBytes: options.liveLimitBytes,
          transcriptLimitBytes: options.transcriptLimitBytes,
        },
        (run) => runs.add(run),
      ).catch((error: unknown) => log.error({ error }, 'a task could not be reported')),
  });
  /** What the fleet told, as far as this host's tags hold right now. */
  const openRoutes = () => pool.setRoutes([...told.filter((route) => mayServe(route, offering())), pinned]);
  const presence = new Presence({
    gateway,
    leaseMs,
    onLost: (why) => void membership.enlist(why).catch(failed.reject),
    details: () => ({
      at: Date.now(),
      slots: { total: slots, used: runs.size },
      running: runs.list(),
      routes: told.length,
    }),
  });
  const membership = new Membership({
    ...{ client, registration, signal: stopping.signal, log },
    onJoined: () => presence.promised(),
  });
  const own = serveQueue({
    gateway,
    queue: hostQueue(name),
    log,
    handlers: {
      presence: async (_input, { task }) => {
        presence.hold(task);
        return DEFERRED;
      },
      syncRoutes: async (input) => {
        const sync = SyncRoutes.parse(input);
        // Told while it leaves, it must not begin to take tasks again.
        if (stopping.signal.aborted) return;
        told = sync.routes;
        if (sync.draining) pool.pause('draining');
        else pool.resume();
        openRoutes();
        log.debug({ routes: told.length, draining: sync.draining }, 'routes told');
      },
      probe: async () => {
        await reprobe();
        return capabilities.report;
      },
      nudge: async (input) => runs.nudge((input as { workflowId: string }).workflowId),
    },
  });
  undo.push(async () => {
    await presence.leave('failed to start');
    await own.stop();
  });

  await membership.enlist();
  log.info({ slots, leaseMs }, `${name} has joined the fleet`);
  const pruner = new SessionPruner({ home, keepMs: options.transcriptsKeepMs, active: () => runs.sessions(), log });
  void pruner.prune();
  const timers = [
    setInterval(() => void reprobe().catch(sayProbeFailed), options.reprobeMs),
    setInterval(() => void pruner.prune(), PRUNE_EVERY_MS),
  ];

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
    for (const timer of timers) clearInterval(timer);
    pool.pause('stopping');
    stopping.abort();
    await pool.idle();
    await presence.leave(reason);
    await own.stop();
    await pool.stop({ cancelPolls: true });
    await leash.close();
    pipes.close();
    gateway.close();
    await connection.close();
    unlock();
    log.info({ reason }, `${name} has left the fleet`);
    left.resolve();
  }

  async function reprobe(): Promise<void> {
    await capabilities.probe();
    await membership.tell().catch(failed.reject);
  }

  function sayProbeFailed(error: unknown): void {
    log.error({ error }, 'what this host can do could not be probed');
  }

  function sayLink(state: 'up' | 'down'): void {
    if (state === 'up') log.info('the server answers again');
    else log.warn('the server does not answer; agents are ended before their leases run out');
  }
}
