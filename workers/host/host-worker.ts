import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Client, type ConnectionOptions } from '@temporalio/client';
import type { Logger } from 'pino';
import type { Connected } from '../../client/connect.ts';
import { HostName, PROTOCOL, type Registration } from '../../schemas/fleet.ts';
import { type ProbeReport, RunAgentInput, SyncRoutes } from '../../schemas/host-activities.ts';
import { hostQueue } from '../../schemas/names.ts';
import { isQualified, missingTags, TagSet } from '../../schemas/tags.ts';
import { startLeash } from '../leash/client.ts';
import { runProbes } from '../probes/index.ts';
import { loadSkills } from '../skills.ts';
import { version } from '../version.ts';
import { hostIdentity } from './host-identity.ts';
import { openHostConnection } from './polling/connection.ts';
import { ActivityGateway } from './polling/gateway.ts';
import { RoutePool } from './polling/route-pool.ts';
import { DEFERRED, serveQueue } from './polling/serve-queue.ts';
import { Presence } from './presence.ts';
import { pruneSessions } from './prune-sessions.ts';
import { refreshHost, registerHost } from './register-host.ts';
import { type ActiveRun, runAgent } from './run-agent.ts';
import { reapLeftovers, removeRecord } from './run-records.ts';
import { sessionPath } from './session-folder.ts';
import { lockState } from './state-lock.ts';

export interface HostWorkerOptions {
  connected: Connected;
  log: Logger;
  /** Folder of everything this host writes. */
  home: string;
  name: string;
  slots: number;
  /** Heartbeat timeout of the host's presence, and of tasks for which it is the fleet's longest. */
  leaseMs: number;
  /** Exactly these tags, no probe. */
  capabilities?: readonly string[];
  addCapabilities: readonly string[];
  hideCapabilities: readonly string[];
  reprobeMs: number;
  liveLimitBytes: number;
  transcriptLimitBytes: number;
  transcriptsKeepMs: number;
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
  const { connected, log, home } = options;
  const name = HostName.parse(options.name);
  const stateDir = join(home, 'hosts', name);
  const unlock = lockState(stateDir);
  const cleanup: (() => Promise<void> | void)[] = [unlock];
  try {
    return await joinFleet();
  } catch (error) {
    for (const undo of cleanup.reverse()) await undo();
    throw error;
  }

  async function joinFleet(): Promise<HostWorker> {
    const connection = openHostConnection({
      address: connected.address,
      ...connected.nativeOptions,
    } as ConnectionOptions);
    cleanup.push(() => connection.close());
    const identity = `${name}@${process.pid}`;
    const client = new Client({ connection, namespace: connected.namespace, identity });
    const gateway = new ActivityGateway({
      connection,
      namespace: connected.namespace,
      identity,
      log,
      onConnection: (state, error) =>
        state === 'up'
          ? log.info('the server answers again')
          : log.warn(
              { error: (error as Error | undefined)?.message },
              'the server does not answer; agents are ended before their leases run out',
            ),
    });
    cleanup.push(() => gateway.close());

    await giveBackFormerLife(gateway);
    const leash = await startLeash({
      stateDir,
      log,
      onFenced: (runId, reason) => log.warn({ session: runId, reason }, 'the leash ended an agent'),
    });
    cleanup.push(() => leash.close());

    const stopping = new AbortController();
    const runs = new Map<string, ActiveRun>();
    const skills = await loadSkills();
    let report = await probe();
    log.info(
      { capabilities: report.capabilities, containment: leash.containment },
      `${name} can do: ${report.capabilities.join(', ') || 'nothing special'}`,
    );

    const registration = (): Registration => ({
      name,
      hostId: hostIdentity(stateDir),
      instanceId,
      protocol: PROTOCOL,
      version,
      os: process.platform,
      node: process.versions.node,
      containment: leash.containment,
      slots: options.slots,
      leaseMs: options.leaseMs,
      capabilities: report.capabilities,
      findings: report.findings.map(({ tag, found, how, version: found_ }) => ({
        tag,
        found,
        how,
        ...(found_ === undefined ? {} : { version: found_ }),
      })),
    });
    const instanceId = randomUUID();
    let fail: (error: unknown) => void = () => undefined;
    const failed = new Promise<never>((_, reject) => {
      fail = reject;
    });
    failed.catch(() => undefined);

    let routes: SyncRoutes['routes'] = [];
    const openRoutes = () => pool.setRoutes(routes.filter((route) => isQualified(route.tags, report.capabilities)));
    const pool = new RoutePool({
      gateway,
      slots: options.slots,
      log,
      qualifies: (route, task) => {
        const input = RunAgentInput.safeParse(task.input[0]);
        const missing = missingTags(
          [...route.tags, ...(input.success ? input.data.requires : [])],
          report.capabilities,
        );
        return missing.length === 0 ? null : `${name} has no ${missing.join(', ')} now`;
      },
      onTask: (task) =>
        runAgent(
          task,
          {
            ...{ gateway, client, leash, log, host: name, home, stateDir, skills, stopping: stopping.signal },
            liveLimitBytes: options.liveLimitBytes,
            transcriptLimitBytes: options.transcriptLimitBytes,
          },
          (run) => {
            runs.set(run.sessionId, run);
            presence.changed();
            return () => {
              runs.delete(run.sessionId);
              presence.changed();
            };
          },
        ).catch((error: unknown) => log.error({ error }, 'a task could not be reported')),
    });
    const presence = new Presence({
      gateway,
      leaseMs: options.leaseMs,
      log,
      onLost: () => void enlist(),
      details: () => ({
        at: Date.now(),
        slots: { total: options.slots, used: runs.size },
        running: [...runs.values()].map(({ taskId, attempt, sessionId, startedAt }) => ({
          taskId,
          attempt,
          sessionId,
          startedAt,
        })),
        routes: routes.length,
      }),
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
          routes = sync.routes;
          if (sync.draining) pool.pause('draining');
          else pool.resume();
          openRoutes();
          presence.changed();
          log.debug({ routes: routes.length, draining: sync.draining }, 'routes told');
        },
        probe: async () => {
          await reprobe();
          return report;
        },
        nudge: async (input) => {
          const { workflowId } = input as { workflowId: string };
          for (const run of runs.values()) if (run.workflowId === workflowId) run.nudge();
        },
      },
    });
    cleanup.push(async () => {
      await presence.leave('failed to start');
      await own.stop();
    });

    await enlist(true);
    log.info({ slots: options.slots, leaseMs: options.leaseMs }, `${name} has joined the fleet`);
    const timers = [
      setInterval(() => void reprobe(), options.reprobeMs),
      setInterval(() => void prune(), PRUNE_EVERY_MS),
    ];
    void prune();

    let ending: Promise<void> | undefined;
    const stop = (reason = 'stopped'): Promise<void> => {
      ending ??= leave(reason);
      return ending;
    };
    const stopped = Promise.race([
      failed,
      new Promise<void>((resolve) => stopping.signal.addEventListener('abort', () => resolve())),
    ]).then(
      () => stop(),
      async (error) => {
        await stop('failed');
        throw error;
      },
    );
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
      gateway.close();
      await connection.close();
      unlock();
      log.info({ reason }, `${name} has left the fleet`);
    }

    async function enlist(first = false): Promise<void> {
      try {
        await registerHost(client, registration(), stopping.signal, log);
      } catch (error) {
        if (first) throw error;
        fail(error);
      }
    }

    async function probe(): Promise<ProbeReport> {
      if (options.capabilities !== undefined) {
        const capabilities = TagSet.parse([...options.capabilities]);
        const how = 'given by --capabilities; nothing was probed';
        return {
          at: Date.now(),
          capabilities,
          findings: capabilities.map((tag) => ({ tag, found: true, how, probe: 'given', ms: 0 })),
        };
      }
      return runProbes({ add: options.addCapabilities, hide: options.hideCapabilities, signal: stopping.signal });
    }

    /** A lost tag closes its routes here at once; a gained one is told to the fleet, which opens what it unlocks. */
    async function reprobe(): Promise<void> {
      const before = report.capabilities;
      const found = await probe();
      if (stopping.signal.aborted) return;
      report = found;
      const lost = before.filter((tag) => !report.capabilities.includes(tag));
      const gained = report.capabilities.filter((tag) => !before.includes(tag));
      if (lost.length === 0 && gained.length === 0) return;
      log.info({ lost, gained }, 'capabilities changed');
      openRoutes();
      await refreshHost(client, registration()).catch((error: unknown) => {
        log.warn({ error: (error as Error).message }, 'the fleet could not be told; registering again');
        return enlist();
      });
    }

    async function prune(): Promise<void> {
      const active = new Set([...runs.keys()].map((sessionId) => sessionPath(home, sessionId)));
      const removed = await pruneSessions(home, options.transcriptsKeepMs, active);
      if (removed > 0) log.info({ removed }, 'old sessions removed');
    }
  }

  /** What a worker that died left running is ended, and its tasks go back at once instead of when their leases run out. */
  async function giveBackFormerLife(gateway: ActivityGateway): Promise<void> {
    for (const record of await reapLeftovers(stateDir, log)) {
      if (record.task) {
        const failure = {
          type: 'WorkerRestarted',
          message: `the worker of ${name} was restarted`,
          nextRetryDelayMs: 100,
        };
        const settled = await gateway
          .fail(Buffer.from(record.task.token, 'base64'), failure, 10_000)
          .catch(() => 'lost');
        log.info(
          { task: record.task.id, attempt: record.task.attempt, settled },
          'gave back a task of the former life',
        );
      }
      removeRecord(stateDir, record.runId);
    }
  }
}
