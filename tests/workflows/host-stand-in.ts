import { Context } from '@temporalio/activity';
import type { Client } from '@temporalio/client';
import { type FleetHost, type FleetView, PROTOCOL, type Registration } from '../../schemas/fleet.ts';
import type { ProbeReport, SyncRoutes } from '../../schemas/host-activities.ts';
import { FLEET_ID, hostQueue } from '../../schemas/names.ts';
import { registerHost } from '../../workers/host/register-host.ts';
import { fleetView } from '../../workflows/messages.ts';
import type { Bench, Served } from './bench.ts';
import { until } from './support.ts';

export const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** A stand-in for a host's worker: holds presence by heartbeats until told otherwise, and keeps the routes it is told. */
export interface HostStandIn {
  registration: Registration;
  /** Registers as a host's worker does: again and again until it is answered. Throws `RegistrationRefused`. */
  register(more?: Partial<Registration>): Promise<void>;
  /** Presences given so far, by the instance they were given to. */
  presences: string[];
  synced: SyncRoutes[];
  /** Why it was told to hand over what it runs, each time. */
  handedOver: string[];
  /** Fails the next so many times that it is told to hand over. */
  failHandOvers(times: number): void;
  /** No heartbeat from now on. */
  fallSilent(): void;
  /** Completes the presence, as a worker does that stops. */
  leave(): void;
  stop(): Promise<void>;
}

export function registrationOf(name: string, more: Partial<Registration> = {}): Registration {
  return {
    ...{ name, hostId: `machine of ${name}`, instanceId: 'first', protocol: PROTOCOL, version: '1.0.0', os: 'linux' },
    ...{ node: '20.20.0', containment: 'sweep', slots: 2, leaseMs: 30_000, capabilities: [name], findings: [] },
    ...more,
  };
}

/** A host as its workflow tells the fleet of it. */
export function fleetHost(name: string, capabilities: string[], more: Partial<FleetHost> = {}): FleetHost {
  const base = { instanceId: 'i', slots: 2, leaseMs: 30_000, version: '1.0.0', os: 'linux' };
  return { ...base, name, capabilities, status: 'online', since: new Date().toISOString(), ...more };
}

export async function standIn(
  bench: Bench,
  name: string,
  more: Partial<Registration> = {},
  syncRoutes: (input: SyncRoutes) => Promise<void> = async () => undefined,
): Promise<HostStandIn> {
  let silence: () => void = () => undefined;
  let leave: () => void = () => undefined;
  const presences: string[] = [];
  const synced: SyncRoutes[] = [];
  const handedOver: string[] = [];
  let failures = 0;
  const probe: ProbeReport = { at: 1, findings: [], capabilities: ['probed'] };
  const served: Served = await bench.serve(hostQueue(name), {
    presence: async ({ instanceId }: { instanceId: string }) => {
      presences.push(instanceId);
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), 100);
      try {
        const left = await Promise.race([
          context.cancelled,
          new Promise<'left'>((resolve) => {
            leave = () => resolve('left');
          }),
          new Promise<'silent'>((resolve) => {
            silence = () => resolve('silent');
          }),
        ]);
        clearInterval(beat);
        // Silent: nothing is heard of it any more, not even its end, until the server has given it up.
        if (left === 'silent') await context.cancelled;
        return { reason: 'stopped' };
      } finally {
        clearInterval(beat);
      }
    },
    syncRoutes: async (input: SyncRoutes) => {
      synced.push(input);
      await syncRoutes(input);
    },
    probe: async () => probe,
    handOver: async ({ why }: { why: string }) => {
      failures -= 1;
      if (failures >= 0) throw new Error('not now');
      handedOver.push(why);
      return { runs: 1 };
    },
  });
  const host: HostStandIn = {
    registration: registrationOf(name, more),
    presences,
    synced,
    handedOver,
    failHandOvers(times) {
      failures = times;
    },
    async register(again = {}) {
      host.registration = { ...host.registration, ...again };
      await registerHost(bench.client, host.registration, new AbortController().signal, QUIET);
    },
    fallSilent: () => silence(),
    leave: () => leave(),
    stop: () => served.stop(),
  };
  return host;
}

export function fleetOf(client: Client): Promise<FleetView> {
  return client.workflow.getHandle(FLEET_ID).query(fleetView);
}

/** Waits until the fleet says so of the host. */
export async function hostIs(client: Client, name: string, status: string): Promise<FleetView['hosts'][number]> {
  const view = await until(
    () => fleetOf(client).catch(() => ({ hosts: [], routes: [] })),
    ({ hosts }) => hosts.some((host) => host.name === name && host.status === status),
  );
  const host = view.hosts.find((candidate) => candidate.name === name);
  if (!host) throw new Error('not reached');
  return host;
}
